"""posternctl queue export and import: mail leaves for a file and comes back."""

import json
import subprocess
import threading
import time

import pytest

from kit import zone
from kit.program import binary
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"
DEFERRED = "postern_mta_queue_messages"


def waiting_relay(make_relay, count=0, **queue):
    relay = make_relay(
        {"queue": {"retry_waits": ["1h"], **queue}},
        zone=zone.mail_domain("partner.test", "127.0.0.1"),
    )
    for i in range(count):
        assert relay.send(FROM, f"user{i}@partner.test")[0] == 250
    until(
        lambda: relay.metric(DEFERRED, state="deferred") == count,
        20,
        "all of it waits",
    )
    return relay


def done(relay, *words):
    result = relay.ctl("queue", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def facts(relay):
    """What must be the same before and after, by queue id."""
    return {
        message["queue_id"]: [
            message[key]
            for key in ("queued", "next_attempt", "failures", "size_bytes", "state")
        ]
        + [message["recipients"]]
        for message in relay.listed()
    }


def test_mail_goes_from_one_relay_to_another(make_relay, tmp_path):
    old, new = waiting_relay(make_relay, 3), waiting_relay(make_relay)
    large = letter(subject="large")[:-2] + b"x: .\r\n" * 50_000
    assert old.send(FROM, "big@partner.test", content=large)[0] == 250
    until(lambda: old.metric(DEFERRED, state="deferred") == 4, 10, "the large one")
    done(old, "hold", "--recipient", "user1@")
    before = facts(old)
    file = tmp_path / "queue"
    assert done(old, "export", str(file), "--all", "--dry-run") == "Would be exported: 4\n"
    assert not file.exists()
    assert done(old, "export", str(file), "--all", "--delete") == "Exported: 4\n"
    assert old.listed() == []
    assert done(new, "import", str(file), "--dry-run") == "Would be imported: 4\n"
    assert done(new, "import", str(file)) == "Imported: 4\n"
    assert facts(new) == before
    again = done(new, "import", str(file))
    assert "Imported: 0\nIn the queue already: 4\n" in again
    with Sink(new.next_hop_port) as sink:
        done(new, "release", "--all")
        done(new, "flush", "--all")
        messages = sink.wait_for(4)
    [big] = [m for m in messages if m.recipients == ["big@partner.test"]]
    assert big.content.endswith(large[-1000:]) and large[500:] in big.content
    new.wait_for_empty_queue()


def test_a_copy_leaves_the_queue_as_it_is(make_relay, tmp_path):
    relay = waiting_relay(make_relay, 3)
    before = facts(relay)
    piped = subprocess.run(
        [binary("posternctl"), "--server", relay.admin, "queue", "export", "-",
         "--recipient", "user1@"],
        stdout=subprocess.PIPE, check=True, timeout=30,
    ).stdout
    assert facts(relay) == before
    assert b"user1@partner.test" in piped and b"user2" not in piped
    refused = relay.ctl("queue", "export", "-", "--all", "--delete")
    assert refused.returncode == 64
    (tmp_path / "there").write_text("precious")
    refused = relay.ctl("queue", "export", str(tmp_path / "there"), "--all")
    assert refused.returncode == 1 and "is there already" in refused.stderr


def test_damaged_parts_are_named_and_the_rest_is_taken(make_relay, tmp_path):
    relay = waiting_relay(make_relay, 3)
    file = tmp_path / "queue"
    done(relay, "export", str(file), "--all", "--delete")
    good = file.read_bytes()
    damaged = bytearray(good)
    damaged[damaged.find(b"A line.", damaged.find(b"user1@partner.test"))] ^= 1
    file.write_bytes(damaged)
    result = relay.ctl("--json", "queue", "import", str(file))
    assert result.returncode == 1 and "not every message" in result.stderr
    report = json.loads(result.stdout)
    assert (report["imported"], report["damaged"]) == ("2", "1")
    assert len(report["damage"][0]["queue_id"]) == 13
    for name, content in (("cut", good[:-100]), ("none", b"no export")):
        (tmp_path / name).write_bytes(content)
        result = relay.ctl("queue", "import", str(tmp_path / name))
        assert result.returncode == 1, name
    assert "not an export" in result.stderr


def test_a_relay_that_is_not_there_is_said(make_relay, tmp_path):
    relay = waiting_relay(make_relay, 1)
    file = tmp_path / "queue"
    done(relay, "export", str(file), "--all")
    relay.stop()
    for words in (("export", str(tmp_path / "x"), "--all"), ("import", str(file))):
        result = relay.ctl("queue", *words)
        assert result.returncode == 1 and result.stderr, words
    assert not (tmp_path / "x").exists()


@pytest.mark.timeout(180)
def test_a_kill_during_an_import_loses_nothing_and_repeats_nothing(
    make_relay, tmp_path
):
    count = 400
    relay = waiting_relay(make_relay, count)
    file = tmp_path / "queue"
    done(relay, "export", str(file), "--all", "--delete")
    for moment in (0.02, 0.05, 0.1):
        importing = subprocess.Popen(
            [binary("posternctl"), "--server", relay.admin, "queue", "import",
             "--hold", str(file)],
            stdout=subprocess.PIPE, text=True,
        )
        time.sleep(moment)
        relay.kill()
        said, _ = importing.communicate(timeout=30)
        relay.start()
        told = [line for line in said.splitlines() if line.startswith("Imported: ")]
        promised = int(told[0].split()[1]) if told else 0
        assert relay.metric(DEFERRED) >= promised
        assert relay.metric("postern_mta_queue_damaged") == 0
        if importing.returncode == 0:
            break
    done(relay, "import", "--hold", str(file))
    assert relay.metric(DEFERRED, state="held") == count
    with Sink(relay.next_hop_port) as sink:
        done(relay, "release", "--all")
        messages = sink.wait_for(count, timeout=60)
        relay.wait_for_empty_queue()
    assert len({m.recipients[0] for m in messages}) == len(sink.messages) == count


@pytest.mark.timeout(180)
def test_exports_under_load_lose_nothing_and_repeat_nothing(make_relay, tmp_path):
    """Mail is moved away again and again while it comes in and goes out."""
    relay = waiting_relay(make_relay)
    sent, stop = [], threading.Event()

    def send(number):
        while not stop.is_set():
            to = f"load{number}-{len(sent)}-{time.monotonic_ns()}@partner.test"
            if relay.send(FROM, to)[0] == 250:
                sent.append(to)

    with Sink(relay.next_hop_port, replies={"end": "451 4.7.1 later"}) as sink:
        threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        files = []
        for i in range(8):
            time.sleep(0.3)
            files.append(tmp_path / f"queue{i}")
            done(relay, "export", str(files[-1]), "--all", "--delete")
        stop.set()
        for thread in threads:
            thread.join()
    with Sink(relay.next_hop_port) as sink:
        for file in files:
            said = done(relay, "import", str(file))
            assert "already" not in said and "refused" not in said
        done(relay, "flush", "--all")
        relay.wait_for_empty_queue(60)
        got = [m.recipients[0] for m in sink.messages]
    assert len(sent) > 50
    assert sorted(got) == sorted(sent)
