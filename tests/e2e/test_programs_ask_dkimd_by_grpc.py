"""dkimd's check service (proto/check/v1/dkim.proto) on the admin socket of a
dkimd that runs, asked by Google's own gRPC client for Python."""

import base64
import json
import pathlib
import subprocess

import pytest

from kit.dkimd import INSIDE, MESSAGE
from kit.program import TREE

PROTO = "proto/check/v1/dkim.proto"


class Client:
    def __init__(self, dkimd, folder):
        self.socket = dkimd.admin.removeprefix("unix:")
        self.folder = folder / "stubs"
        self.folder.mkdir()
        subprocess.run(
            ["protoc", f"--python_out={self.folder}", PROTO], cwd=TREE, check=True,
            timeout=30,
        )

    def ask(self, *questions, piece=100):
        """The answers to (method, message) pairs, in their order."""
        lines = [
            json.dumps({"method": method, "message": base64.b64encode(message).decode()})
            for method, message in questions
        ]
        script = pathlib.Path(TREE / "tests" / "kit" / "grpc_dkim.py")
        done = subprocess.run(
            ["/usr/bin/python3", str(script), self.socket, str(self.folder), str(piece)],
            input="\n".join(lines), capture_output=True, text=True, timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def dkimd(make_dkimd):
    return make_dkimd()


@pytest.fixture
def client(dkimd, folder):
    return Client(dkimd, folder)


def signed_by(answer, message=MESSAGE):
    # Each is to be put before all others, the last one first.
    return "".join(reversed(answer["fields"])).encode() + message


def test_what_is_signed_verifies_here_and_as_mail(client, dkimd):
    [signed] = client.ask(("Sign", MESSAGE))
    assert len(signed["fields"]) == 2  # RSA and Ed25519.
    assert all(f.startswith("DKIM-Signature: ") and f.endswith("\r\n")
               for f in signed["fields"])
    message = signed_by(signed)
    [verified] = client.ask(("Verify", message))
    found = {(s["selector"], s["algorithm"], s["result"]) for s in verified["signatures"]}
    assert found == {("mail", "rsa-sha256", "pass"), ("ed", "ed25519-sha256", "pass")}
    assert all(s["domain"] == "falcot.com" and s["explanation"] == ""
               for s in verified["signatures"])
    assert "dkim=pass" in verified["authentication_results"]
    # And dkimd says the same as a milter.
    assert dkimd.results(message).count("dkim=pass") == 2


@pytest.mark.parametrize("piece", [1, 7, 65536])
def test_a_message_may_be_cut_anywhere(client, piece):
    [signed] = client.ask(("Sign", MESSAGE), piece=piece)
    [verified] = client.ask(("Verify", signed_by(signed)), piece=piece)
    assert [s["result"] for s in verified["signatures"]] == ["pass", "pass"]


def test_a_changed_message_fails_and_says_why(client):
    [signed] = client.ask(("Sign", MESSAGE))
    changed = signed_by(signed).replace(b"the handbook", b"The handbook")
    unsigned, verified = client.ask(("Verify", MESSAGE), ("Verify", changed))
    assert unsigned["signatures"] == []
    assert "dkim=none" in unsigned["authentication_results"]
    assert [s["result"] for s in verified["signatures"]] == ["fail", "fail"]
    assert all(s["explanation"] for s in verified["signatures"])


def test_lines_may_end_with_lf_alone(client):
    text = MESSAGE.replace(b"\r\n", b"\n")
    [signed] = client.ask(("Sign", text))
    [verified] = client.ask(("Verify", signed_by(signed)))
    assert [s["result"] for s in verified["signatures"]] == ["pass", "pass"]


def test_large_messages_stream(client):
    message = MESSAGE + (b"x" * 70 + b"\r\n") * 100_000
    [signed] = client.ask(("Sign", message), piece=1 << 16)
    [verified] = client.ask(("Verify", signed_by(signed, message)), piece=1 << 16)
    assert [s["result"] for s in verified["signatures"]] == ["pass", "pass"]


def test_refusals_are_told_apart(client):
    strange = MESSAGE.replace(b"falcot.com>\r\nTo", b"other.example>\r\nTo")
    assert strange != MESSAGE
    answers = client.ask(
        ("Sign", strange), ("Verify", b""), ("Sign", b"no message at all"),
        ("Verify", MESSAGE),
    )
    assert answers[0]["code"] == "FAILED_PRECONDITION"
    assert answers[1]["code"] == "INVALID_ARGUMENT"
    assert answers[2]["code"] in ("INVALID_ARGUMENT", "FAILED_PRECONDITION")
    # The channel goes on.
    assert "signatures" in answers[3]


def test_mail_and_questions_go_side_by_side(client, dkimd):
    signed, _ = dkimd.sign(MESSAGE)
    [verified] = client.ask(("Verify", signed))
    assert [s["result"] for s in verified["signatures"]] == ["pass", "pass"]
    assert dkimd.send(MESSAGE, address=INSIDE).fields("DKIM-Signature")
