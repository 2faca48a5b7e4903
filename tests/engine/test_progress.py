"""What functions say about their progress reaches a listener, but not too often."""

from core.engine import progress


def test_only_the_first_of_many_sentences_in_a_moment_is_passed_on(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    heard = []
    progress.listen(heard.append)
    try:
        for step in range(100):
            now[0] = step * 0.01
            progress.say(f"{step} of 100")
    finally:
        progress.listen(None)
    assert 5 <= len(heard) <= 11
    assert heard[0] == "0 of 100"


def test_nobody_needs_to_listen():
    progress.listen(None)
    progress.say("Hello?")
