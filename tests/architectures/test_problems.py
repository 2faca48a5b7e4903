"""Problems: where, why, and the nearest values that fit, which do fit."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.architectures import from_spec
from core.architectures.codec import decode_draft
from core.architectures.draft import Draft, StageDraft
from core.architectures.problems import problems, repaired, with_value
from core.architectures.rules import MAX_BLOCKS, MAX_PARAMETERS, MAX_STAGES
from core.architectures.spec import NetSpec, SpecRejected, StageSpec, StemSpec
from core.architectures.starts import OFFERED
from tests.architectures.nets import MAP_BLOCKS, example, specs

STAGE = {"block": "basic", "count": 2, "width": 16}


def changed(draft: Draft, place: int, **values: object) -> Draft:
    stages = list(draft.stages)
    stages[place] = replace(stages[place], **values)
    return replace(draft, stages=tuple(stages))


class TestWidths:
    def test_the_page_s_example(self):
        (problem,) = problems(changed(Draft.of(example()), 3, out=1000).data())
        assert problem.where == ("stages", 3, "out")
        assert problem.sentence == (
            "1000 channels: the 3×3 inside has 500, which do not split into 32 groups."
        )
        assert problem.nearest == (960, 1024)

    @pytest.mark.parametrize(
        ("block", "out", "nearest"),
        [
            ("bottleneck", 1002, (1000, 1004)),
            ("bottleneck", 3, (4,)),
            ("grouped-bottleneck", 1001, (960, 1024)),
            ("grouped-bottleneck", 1, (64,)),
        ],
    )
    def test_nearest(self, block, out, nearest):
        (problem,) = problems(Draft((StageDraft(block, 1, out),)).data())
        assert problem.nearest == nearest
        assert str(out) in problem.sentence

    @given(st.sampled_from(MAP_BLOCKS), st.integers(1, 20_000))
    @settings(max_examples=200, deadline=None)
    def test_nearest_values_fit_and_are_the_nearest(self, block, out):
        def fits(value: int) -> bool:
            return not problems(Draft((StageDraft(block, 1, value),), stem=StemSpec(width=1)).data())

        found = problems(Draft((StageDraft(block, 1, out),), stem=StemSpec(width=1)).data())
        for problem in found:
            for value in problem.nearest:
                if problem.where == ("stages", 0, "out"):
                    assert fits(value)
                    between = range(min(out, value) + 1, max(out, value))
                    assert not any(fits(other) for other in between)

    def test_several_stages_at_once(self):
        draft = changed(changed(Draft.of(example()), 2, out=511), 3, out=1000)
        assert [problem.where[1] for problem in problems(draft.data())] == [2, 3]


class TestRules:
    def test_zero_padding_cannot_narrow(self):
        draft = replace(changed(Draft.of(OFFERED["resnet18"].spec), 1, out=32), shortcut="A")
        (problem,) = problems(draft.data())
        assert (problem.where, problem.nearest) == (("stages", 1, "out"), (64,))
        assert not problems(changed(draft, 1, out=64).data())
        assert not problems(changed(draft, 1, skip=False).data())

    def test_maps_cannot_be_halved_for_ever(self):
        draft = replace(Draft.of(OFFERED["resnet18"].spec), input_size=(3, 8, 8))
        (problem,) = problems(draft.data())
        assert (problem.where, problem.nearest) == (("stages", 2, "stride"), (1,))
        assert "shrink below two pixels" in problem.sentence

    def test_pools_of_vgg_cut_off_what_is_left_over(self):
        stages = tuple(StageDraft("vgg", 1, 8, 2) for _ in range(4))
        assert not problems(Draft(stages, input_size=(3, 16, 16)).data())
        (problem,) = problems(Draft(stages, input_size=(3, 15, 15)).data())
        assert problem.where == ("stages", 3, "stride")

    def test_blocks_and_stages_are_bounded(self):
        one = StageDraft("basic", 20, 16)
        (problem,) = problems(Draft((*(one,) * 23, replace(one, count=100)), input_size=(3, 32, 32)).data())
        assert problem.where == ("stages", 23, "count")
        assert problem.nearest == (MAX_BLOCKS - 23 * 20,)
        (problem,) = problems(Draft((replace(one, count=1),) * (MAX_STAGES + 1)).data())
        assert "at most 24 stages, not 25" in problem.sentence

    def test_too_many_parameters(self):
        (problem,) = problems(Draft((StageDraft("basic", 9, 4096),)).data())
        assert problem.where == ()
        assert f"up to {MAX_PARAMETERS // 10**6} million" in problem.sentence

    @pytest.mark.parametrize(
        ("draft", "part"),
        [
            (Draft((StageDraft("plain", 1, 16),), input_size=(16, 1, 1), norm="group"), "stage 1"),
            (Draft((StageDraft("pre-activation", 1, 33),), input_size=(8, 1, 1), norm="group"), "stage 1"),
            (Draft((StageDraft("plain", 1, 1),), input_size=(1,), norm="group"), "stage 1"),
            (Draft((StageDraft("plain", 1, 64),), (3, 8, 8), StemSpec(width=1, stride=4), norm="layer"), ""),
            (
                Draft((StageDraft("plain", 1, 64),), (3, 4, 4), StemSpec(width=1, stride=4, pool=False), norm="layer"),
                "the stem",
            ),
        ],
    )  # fmt: skip
    def test_norms_that_would_see_single_numbers(self, draft, part):
        said = "".join(problem.sentence for problem in problems(draft.data()))
        assert (f"In {part} the " in said) if part else not said

    def test_vectors(self):
        draft = Draft((StageDraft("vgg", 1, 8, 2), StageDraft("basic", 1, 9)), input_size=(8,))
        found = {problem.where: problem.nearest for problem in problems(draft.data())}
        assert found == {
            ("stages", 0, "block"): ("plain", "basic"),
            ("stages", 0, "stride"): (1,),
            ("stages", 1, "out"): (8,),
        }
        assert not problems(Draft((StageDraft("basic", 1, 9, skip=False),), input_size=(8,)).data())

    def test_single_fields_out_of_range(self):
        found = problems({"stages": [{**STAGE, "count": 0}, {**STAGE, "width": 9999}], "norm": "x"})
        assert [p.where for p in found] == [("stages", 0, "count"), ("stages", 1, "width"), ("norm",)]
        assert [p.nearest for p in found] == [(1,), (4096,), ()]


@given(
    st.sampled_from(["group", "layer"]),
    st.sampled_from(MAP_BLOCKS),
    st.integers(1, 2),
    st.sampled_from([1, 2, 16, 32, 33, 64]),
    st.sampled_from([1, 2]),
    st.integers(1, 3),
    st.sampled_from(["A", "B", "none"]),
)
@settings(deadline=None)
def test_small_maps_fit_exactly_where_torch_runs_them(norm, block, count, out, stride, side, shortcut):
    out = out if block != "grouped-bottleneck" else 64 * out
    out = out if block != "bottleneck" else 4 * out
    draft = Draft(
        (StageDraft(block, count, out, stride),), input_size=(3, side, side), norm=norm, shortcut=shortcut
    )
    found = problems(draft.data())
    if not found:
        from_spec(draft.spec(), device="meta")(torch.empty((1, 3, side, side), device="meta"))
    elif found[0].where == ("norm",):
        spec = NetSpec.model_construct(**dict(draft.bounded().data()))
        stages = tuple(StageSpec.model_validate(stage) for stage in spec.stages)
        module = from_spec(spec.model_copy(update={"stages": stages}), device="meta")
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            module(torch.empty((1, 3, side, side), device="meta"))


@given(specs())
@settings(deadline=None)
def test_valid_networks_have_no_problem(spec):
    assert problems(spec.model_dump()) == ()
    assert problems(spec.model_dump_json()) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["stages", "block", "count", "width", "out", "head"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON | st.fixed_dictionaries({"stages": st.lists(JSON, max_size=3)}))
def test_data_of_any_kind_gives_sentences(data):
    found = problems(data)
    for problem in found:
        assert problem.sentence.endswith(".")
        assert len(problem.sentence) < 400
    if not found:
        assert isinstance(NetSpec.parse(data), NetSpec)
    else:
        with pytest.raises(SpecRejected):
            NetSpec.parse(data)


@pytest.mark.parametrize("field", ["count", "width", "out"])
def test_numbers_too_long_to_be_written_out(field):
    assert problems({"stages": [{**STAGE, field: 10**5000}]})
    assert problems({"stages": [STAGE], "input_size": [3, 10**5000, 3]})
    assert problems({"stages": [STAGE], "residual_scale": 10**5000})


@pytest.mark.parametrize(
    ("block", "out", "says", "nearest"),
    [
        ("basic", 8192, "8192 channels: this kind of block puts out 1 to 4096.", 4096),
        ("bottleneck", 20_000, "20000 channels: this kind of block puts out 4 to 16384.", 16_384),
        ("grouped-bottleneck", 10**40, "this kind of block puts out 64 to 8192.", 8192),
        ("bottleneck", 0, "0 channels: this kind of block puts out 4 to 16384.", 4),
        ("vgg", -7, "-7 channels: this kind of block puts out 1 to 4096.", 1),
    ],
)
def test_widths_out_of_range_are_said_of_the_field_that_a_draft_has(block, out, says, nearest):
    draft = Draft((StageDraft(block, 1, out),))
    (problem,) = problems(draft.data())
    assert (problem.where, problem.sentence, problem.nearest) == (("stages", 0, "out"), says, (nearest,))
    spec = repaired(draft)
    assert spec is not None
    assert spec.stages[0].out_width == nearest


def test_a_width_that_a_block_cannot_have_is_not_offered():
    draft = decode_draft("1_bottleneck1x16384_basic1x64_skipsA")
    (problem,) = problems(draft.data())
    assert (problem.where, problem.nearest) == (("stages", 1, "out"), ())
    assert repaired(draft) is None


WHOLES = st.sampled_from([1, 2, 3, 7, 31, 64, 512, 513, 4096, 4097, 8192, 16_384, 16_385, 999_999])
PARTS = st.builds(
    "{}{}x{}{}{}".format,
    st.sampled_from(["vgg", "plain", "basic", "bottleneck", "grouped", "pre"]),
    WHOLES,
    WHOLES | st.integers(1, 999_999),
    st.sampled_from(["", "s2"]),
    st.sampled_from(["", "n"]),
)
SETTINGS = st.tuples(
    st.sampled_from(["", "_stem", "_stem3x16", "_stem11x4096s4p"]),
    st.just("") | st.lists(WHOLES, min_size=1, max_size=3).map(lambda n: "_in" + "x".join(map(str, n))),
    st.sampled_from(["", "_skipsA", "_skipsnone"]),
    st.sampled_from(["", "_normgroup", "_normlayer", "_normnone"]),
    st.sampled_from(["", "_scale999", "_scale-999", "_scale0"]),
).map("".join)


@given(st.lists(PARTS, max_size=6), SETTINGS)
@settings(max_examples=200, deadline=None)
def test_problems_of_any_draft_offer_what_its_fields_take(parts, rest):
    named = decode_draft("_".join(["1", *parts]) + rest)
    for draft in (named, named.bounded()):
        for problem in problems(draft.data()):
            assert problem.sentence.endswith(".")
            if problem.where[:1] == ("stages",):
                for value in problem.nearest:
                    after = problems(with_value(draft, problem.where, value).data())
                    assert not any(p.where == problem.where and value in p.nearest for p in after)
        spec = repaired(draft)
        assert spec is None or not problems(Draft.of(spec).data())


class TestRepairs:
    @pytest.mark.parametrize(
        ("draft", "width"),
        [(changed(Draft.of(example()), 3, out=1000), 1024), (changed(Draft.of(example()), 2, out=511), 512)],
    )
    def test_the_largest_nearest_value_is_taken(self, draft, width):
        spec = repaired(draft)
        assert spec is not None
        assert width in [stage.out_width for stage in spec.stages]

    def test_what_cannot_be_repaired_by_one_field_is_not(self):
        assert repaired(Draft(())) is None
        assert repaired(Draft((StageDraft("basic", 9, 4096),))) is None

    @given(specs())
    @settings(max_examples=30, deadline=None)
    def test_what_fits_stays(self, spec):
        assert repaired(Draft.of(spec)) == spec
        assert Draft.of(spec).bounded() == Draft.of(spec)

    @given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(MAP_BLOCKS), st.integers(0, 40))
    @settings(deadline=None)
    def test_bounded_drafts_have_no_single_field_out_of_range(self, count, out, block, stages):
        draft = Draft((StageDraft(block, count, out),) * stages, input_size=(out, count, out)).bounded()
        assert 1 <= len(draft.stages) <= MAX_STAGES
        for problem in problems(draft.data()):
            assert "does not fit: input should" not in problem.sentence

    @pytest.mark.parametrize("where", [("stages", 9, "out"), ("stages", 0, "colour"), ("norm",), ()])
    def test_paths_that_are_no_field_of_a_stage(self, where):
        with pytest.raises(ValueError, match="No field of a stage"):
            with_value(Draft.of(example()), where, 1)
