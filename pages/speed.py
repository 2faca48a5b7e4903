"""Does a network with fewer multiply-adds run faster here?"""

import streamlit as st

from core.experiments.records import SpeedMeasured, SpeedSkipped
from core.figures import speed, statements
from core.ui import choices, device, lab, models, page, selection

QUESTION = "Do fewer multiply-adds mean less time here?"
PRESET = ("vgg16", "resnet18", "resnet50", "mobilenet_v2")
MOST = 8  # networks in one run
BATCHES = (1, 2, 4, 8, 16, 32)

head = st.empty()
offered = models.runnable_names()
names = st.multiselect(
    "Architectures",
    offered,
    default=tuple(name for name in dict.fromkeys((*PRESET, selection.current().model)) if name in offered),
    format_func=choices.model_label,
    key="speed.names",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    batches = st.pills(
        "Pictures in one pass", BATCHES, default=[1, 8], selection_mode="multi", key="speed.batches"
    )
    st.button(
        "Measure here",
        type="primary",
        disabled=not 0 < len(names) <= MOST or not batches or lab.busy("speed"),
        on_click=lab.start,
        args=("speed", "core.experiments.speed:measure_speed", tuple(names), tuple(sorted(batches))),
        kwargs={
            "title": "Speed of " + ", ".join(models.get(n).title for n in names[:3]),
            "device": device.chosen(),
        },
    )


if len(names) > MOST:
    page.notice(f"{len(names)} networks are too many for one run.", f"Take some away until {MOST} are left.")


def show(events: tuple[object, ...]) -> None:
    """The measurements so far: answer, bars, table."""
    measured = tuple(event for event in events if isinstance(event, SpeedMeasured))
    titles = {m.architecture: choices.short_label(m.architecture) for m in measured}
    with head.container():
        page.header(QUESTION, *speed.speed_answer(measured, titles))
    if not measured:
        page.awaiting(speed.empty_state(running=lab.busy("speed")), 240)
        return
    shown = st.segmented_control(
        "Batch drawn",
        sorted({m.batch_size for m in measured}),
        default=measured[0].batch_size,
        key="speed.drawn",
    )
    page.figure_title(
        "Multiply-adds counted, time measured",
        "Vermillion: nets with skips. Blue: nets without. Whiskers: middle half of the passes.",
    )
    figure = speed.speed_figure(
        measured, titles, batch_size=shown or measured[0].batch_size, dark=page.dark()
    )
    st.plotly_chart(figure, theme=None, key="speed.figure", config={"displaylogo": False})
    accuracy = {m.architecture: statements.accuracy(models.get(m.architecture)) for m in measured}
    rows = speed.speed_rows(measured, titles, accuracy)
    page.table(speed.COLUMNS, rows)
    for event in events:
        if isinstance(event, SpeedSkipped):
            page.paragraph(
                f"{choices.short_label(event.architecture)}, batch {event.batch_size}: {event.reason}."
            )
    page.caveat(
        "training, half precision, compiled graphs and other devices: the order can change with each of them. "
        "Small nets are often held up by memory and by the cost of each operation's call, not by arithmetic."
    )
    page.source(
        f"Measured on {measured[0].device}: forward passes in float32, random weights and pictures, "
        "torch.inference_mode, two passes of warm-up left out. "
        "Accuracies as published, each with the weights it belongs to."
    )


lab.follow("speed", show)
