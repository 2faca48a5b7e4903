"""Recipes: as text and back, as architectures, and their parameters counted without building them."""

import re

import pytest
import torch
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision import models

from core.architectures import build, catalogue, from_spec, preset, preset_names, recipes
from core.architectures.codec import LONGEST, decode, decode_draft, encode
from core.architectures.counting import parameters
from core.architectures.draft import Draft, StageDraft
from core.architectures.records import UnknownArchitecture
from core.architectures.rules import MAX_STAGES
from core.architectures.spec import HeadSpec, NetSpec, SpecRejected, StageSpec, StemSpec
from core.architectures.starts import KNOWN, OFFERED, difference, nearest
from core.graph.tracing import trace
from tests.architectures.nets import example, specs
from tests.architectures.test_own_nets import check_equal_to_torchvision, count

TEXT = "1_stem_basic2x64_basic2x128s2_bottleneck6x512s2_grouped3x1024s2"
UNESCAPED = re.compile(r"[A-Za-z0-9\-._]+")


class TestExample:
    def test_its_numbers_are_those_of_the_same_net_written_as_modules(self):
        graph = trace(from_spec(example(), device="meta"))
        assert graph.parameters == parameters(example()) == 7_049_256
        assert graph.macs == 1_549_254_656
        assert example().depth == 37

    def test_grouped_bottlenecks_compute_what_torchvisions_compute(self):
        ours = from_spec(OFFERED["resnext50"].spec)
        assert count(ours) == 25_028_904
        check_equal_to_torchvision(ours, models.resnext50_32x4d(), side=96)

    def test_a_stage_without_skips_has_neither_additions_nor_projections(self):
        spec = NetSpec(stages=(StageSpec(block="basic", count=2, width=8, skip=False),))
        plain = NetSpec(stages=(StageSpec(block="plain", count=2, width=8),), shortcut="none")
        ours, theirs = from_spec(spec), from_spec(plain)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        x = torch.randn(1, 3, 32, 32)
        assert torch.equal(ours(x), theirs(x))
        assert not trace(ours).skips


class TestText:
    def test_is_short_and_readable(self):
        assert encode(example()) == TEXT
        assert decode(TEXT) == example()

    @given(specs())
    @case(example())
    @settings(deadline=None)
    def test_comes_back_as_the_same_network(self, spec):
        text = encode(spec)
        assert UNESCAPED.fullmatch(text)
        assert decode(text) == spec
        assert Draft.of(spec).spec() == spec
        assert encode(decode(text)) == text

    @pytest.mark.parametrize("name", preset_names())
    def test_presets_come_back(self, name):
        assert decode(encode(preset(name))) == preset(name)

    def test_the_longest_network_has_room(self):
        long = {"block": "bottleneck", "count": 21, "width": 1, "stride": 1, "skip": False}
        spec = NetSpec(
            input_size=(3, 1000, 1000),
            stem=StemSpec(width=4000, kernel=11, stride=4, pool=True),
            stages=[long] * MAX_STAGES,
            head=HeadSpec(num_classes=10000, hidden=(10,) * 8, pool=16, dropout=0.12345678901234568),
            residual_scale=-9.123456789012345e-300,
        )
        assert len(encode(spec)) < LONGEST / 1.4

    def test_drafts_whose_numbers_do_not_fit_come_back_too(self):
        draft = Draft((StageDraft("grouped-bottleneck", 3, 1000, 2, skip=False),))
        assert encode(draft) == "1_grouped3x1000s2n"
        assert decode_draft(encode(draft)) == draft
        with pytest.raises(SpecRejected, match="do not split into 32 groups"):
            decode(encode(draft))

    @given(st.text(max_size=60) | st.from_regex(r"1(_[a-z]{2,10}[0-9x\-.]{0,12}){0,4}", fullmatch=True))
    @case("1_basic2x" + "9" * 7)
    @case("1_basic٣x64")
    @case("1_basic2x64\n")
    @case("1_stem4x64_basic2x64")
    @case("1_basic2x64_pool99")
    @case("1_basic2x64_classes10_classes11")
    @case("1_basic2x64_drop999")
    @case("1_basic2x64_scale" + "1" * 400)
    @case("1_" + "basic1x1_" * 500)
    def test_junk_is_refused_in_one_sentence(self, text):
        try:
            spec = decode(text)
        except SpecRejected as error:
            message = str(error)
            assert message.endswith(".")
            assert "\n" not in message
            assert len(message) < 250
        else:
            assert decode(encode(spec)) == spec


class TestCounting:
    @given(specs())
    @settings(max_examples=60, deadline=None)
    def test_equals_what_building_gives(self, spec):
        module = from_spec(spec, device="meta")
        assert parameters(spec) == count(module)
        output = module(torch.empty((2, *spec.input_size), device="meta"))
        assert output.shape == (2, spec.head.num_classes)

    @pytest.mark.parametrize("start", KNOWN.values(), ids=KNOWN)
    def test_known_networks(self, start):
        assert parameters(start.spec) == count(from_spec(start.spec, device="meta"))


class TestNearest:
    @pytest.mark.parametrize("key", KNOWN)
    def test_a_known_network_is_nearest_to_itself(self, key):
        start, changed = nearest(KNOWN[key].spec)
        assert (start.spec, changed) == (KNOWN[key].spec, 0)

    @pytest.mark.parametrize("name", preset_names())
    def test_presets_are_called_as_in_the_catalogue(self, name):
        key = name.removeprefix("own/")
        assert KNOWN[key].title == catalogue.get(key).title
        assert KNOWN[key].spec == preset(name)

    def test_the_example_comes_from_resnet18(self):
        start, changed = nearest(example())
        assert (start.title, changed) == ("ResNet-18", 2)
        assert recipes.origin(example()) == (start, False)

    @given(specs(), specs())
    @settings(max_examples=30, deadline=None)
    def test_difference_is_a_distance(self, one, other):
        assert difference(one, other) == difference(other, one)
        assert (difference(one, other) == 0) == (one == other)


class TestArchitecture:
    def test_is_an_entry_like_any_other(self):
        name = recipes.name_of(example())
        entry = catalogue.get(name)
        assert (entry.name, entry.title, entry.library) == (name, "Own net", "spec")
        assert (entry.parameters, entry.depth, entry.num_classes) == (7_049_256, 37, 1000)
        assert entry.weights == ()
        assert name not in catalogue.names()

    def test_is_built_with_the_seed_and_the_classes_asked_for(self):
        spec = NetSpec(input_size=(3, 16, 16), stages=(StageSpec(block="basic", count=1, width=4),))
        name = recipes.name_of(spec)
        ours, again = build(name, seed=3), from_spec(spec, seed=3)
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), again.parameters(), strict=True))
        assert build(name, num_classes=7, device="meta").fc.out_features == 7

    def test_two_spellings_of_one_network_have_one_name(self):
        other = "spec-1_basic2x64_basic2x128s2_bottleneck6x512s2_grouped3x1024s2_stem7x64s2p_pool1"
        assert catalogue.get(other).name == f"spec-{TEXT}"

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("spec-", "begins with its format"),
            ("spec-2_basic2x64", "begins with its format"),
            ("spec-1", "at least one stage"),
            ("spec-1_grouped3x1000", "do not split into 32 groups"),
            ("spec-1_<script>", "“<script>” is no part of a recipe."),
            ("spec-1_" + "basic1x4096_" * 20 + "basic9x4096", "million parameters"),
            ("spec-" + "1" * 5000, "at most 1000 letters"),
        ],
    )
    def test_what_does_not_fit_is_unknown_with_its_sentence(self, name, says):
        for ask in (catalogue.get, lambda name: build(name, device="meta")):
            with pytest.raises(UnknownArchitecture) as caught:
                ask(name)
            assert says in str(caught.value)
