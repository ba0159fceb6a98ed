"""The same restriction lists in Debian's Postfix and in our relay: the same
client gets the same codes.

A HELO name chooses a restriction class, so one Postfix and one relay serve all
cases of a file. Rules that ask the DNS are not here: Postfix asks the machine's.
"""

import smtplib

import pytest
from kit.relay import STRANGER, Relay

ACCESS = {
    "ok@x.test": "OK trailing",
    "relay@x.test": "RELAY",
    "digits@x.test": "20240101",
    "code-alone@x.test": "550",
    "code@x.test": "550 no",
    "code-status@x.test": "550 5.2.1 no",
    "odd-status@x.test": "550 2.0.0 odd",
    "close@x.test": "421 4.7.9 bye",
    "reject@x.test": "REJECT",
    "reject-text@x.test": "reject 5.7.9 no",
    "reject-mailbox@x.test": "REJECT 5.1.1 no",
    "reject-system@x.test": "REJECT 5.1.2 no",
    "defer@x.test": "DEFER",
    "defer-text@x.test": "DEFER 4.2.0 later",
    "if-permit@x.test": "DEFER_IF_PERMIT",
    "if-reject@x.test": "DEFER_IF_REJECT",
    "dunno@x.test": "DUNNO",
    "hold@x.test": "HOLD",
    "warn@x.test": "WARN odd",
    "info@x.test": "INFO odd",
    "discard@x.test": "DISCARD",
    "prepend@x.test": "PREPEND X-Test: 1",
    "no-header@x.test": "PREPEND none",
    "redirect@x.test": "REDIRECT bob@example.org",
    "no-address@x.test": "REDIRECT none",
    "bcc@x.test": "BCC bob@example.org",
    "list@x.test": "permit_mynetworks, reject",
    "class@x.test": "mild",
    "unknown@x.test": "no_such_rule",
    "short@x.test": "45 x",
    "x.test": "REJECT domain",
    "user@": "REJECT user",
    "<>": "REJECT null",
}
SENDERS = [f"{key.split('@')[0]}@x.test" for key in ACCESS if "@x.test" in key]
SENDERS += ["other@x.test", "a@sub.x.test", "user@other.test", "", "a@other.test"]
RECIPIENTS = ["bob@example.org", "nobody@example.org", "a@elsewhere.test"]


def inline(entries):
    return "inline:{ " + " ".join(f"{{{k} = {v}}}" for k, v in entries.items()) + " }"


CLASSES = [
    f"check_sender_access {inline(ACCESS)}",
    f"warn_if_reject check_sender_access {inline(ACCESS)}",
    "permit, reject",
    "reject",
    "defer",
    "warn_if_reject reject",
    "defer_if_permit",
    "defer_if_permit, reject",
    "defer_if_reject, reject",
    "defer_if_reject, defer_if_permit, reject",
    "warn_if_reject defer_if_permit",
    "permit_mynetworks, reject",
    "permit_auth_destination, reject",
    "reject_unauth_destination",
    "defer_unauth_destination",
    "warn_if_reject reject_unauth_destination",
    "reject_non_fqdn_sender",
    "reject_non_fqdn_recipient",
    "reject_unlisted_sender",
    "reject_unlisted_recipient, reject",
    "warn_if_reject reject_unlisted_recipient",
    "reject_multi_recipient_bounce",
    "reject_plaintext_session",
    "reject_unauth_pipelining",
    "check_client_access inline:{ {127.9.0 = REJECT} }",
    "check_client_access inline:{ {127.9.0.1 = DUNNO} {127.9 = REJECT} }",
    "check_client_access inline:{ {unknown = REJECT name} }",
    "check_reverse_client_hostname_access inline:{ {127 = REJECT} }",
    "check_helo_access inline:{ {t.test = REJECT} }",
    "check_helo_access inline:{ {.t.test = REJECT} }",
    "check_recipient_access inline:{ {org = REJECT} }",
    "check_recipient_access inline:{ {bob@ = 521 5.7.1 no} }",
    "mild, reject",
    "strict",
]
NAMED = {"mild": "reject_non_fqdn_sender", "strict": "mild, permit_mynetworks, reject"}


def talk(port, lines):
    """Says lines; returns what each was answered: code and enhanced code."""
    with smtplib.SMTP(
        "127.0.0.1", port, source_address=(STRANGER, 0), timeout=60
    ) as client:
        answers = []
        for line in lines:
            try:
                client.send(f"{line}\r\n")
                code, text = client.getreply()
            except smtplib.SMTPServerDisconnected:
                answers.append("closed")
                break
            word = text.decode().split(" ")[0]
            answers.append(f"{code} {word if word.count('.') == 2 else ''}")
        return answers


def both(tmp_path, make_postfix, config, main_cf, dialogues):
    postfix = make_postfix(main_cf)
    relay = Relay(tmp_path / "relay", config).start()
    try:
        ours = {str(d): talk(relay.port, d) for d in dialogues}
        theirs = {str(d): talk(postfix.port, d) for d in dialogues}
    finally:
        relay.stop()
    different = [
        f"{d}: {theirs[d]} of Postfix, {ours[d]} of ours"
        for d in theirs
        if ours[d] != theirs[d]
    ]
    assert not different, "\n".join(different)


def class_name(index):
    return f"class{index}"


def class_configurations():
    names = {class_name(i): text for i, text in enumerate(CLASSES)}
    chooser = inline({f"h{i}.t.test": class_name(i) for i in range(len(CLASSES))})
    config = {
        "smtpd_restriction_classes": {**names, **NAMED},
        "smtpd_helo_restrictions": [f"check_helo_access {chooser}"],
        "smtpd_hard_error_limit": 10000,
    }
    lines = [f"{k} = {v}" for k, v in {**names, **NAMED}.items()]
    lines += [
        "smtpd_restriction_classes = " + ", ".join([*names, *NAMED]),
        f"smtpd_helo_restrictions = check_helo_access {chooser}",
        "smtpd_hard_error_limit = 10000",
        "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination",
        "mynetworks = 127.0.0.1/32",
        "",
    ]
    return config, "\n".join(lines)


def test_every_rule_and_every_action_answers_with_the_same_codes(
    tmp_path, make_postfix
):
    config, main_cf = class_configurations()
    dialogues = []
    for i in range(len(CLASSES)):
        senders = SENDERS if i < 2 else ["a@b.test", "a@nodots", "", "missing@example.org"]
        for sender in senders:
            dialogues.append(
                [f"EHLO h{i}.t.test", f"MAIL FROM:<{sender}>"]
                + [
                    f"RCPT TO:<{r}>"
                    for r in RECIPIENTS
                    # Postfix asks reject_unlisted_sender at the first recipient
                    # of a message only, Postern at each.
                    if sender != "missing@example.org" or r == "bob@example.org"
                ]
            )
    both(tmp_path, make_postfix, config, main_cf, dialogues)


@pytest.mark.parametrize("delay", [True, False])
def test_each_stage_has_its_list(tmp_path, make_postfix, delay):
    lists = {
        "smtpd_helo_restrictions": [
            "check_helo_access inline:{ {bad.test = REJECT} {wait.test = "
            "DEFER_IF_PERMIT} {null.test = DUNNO} }"
        ],
        "smtpd_sender_restrictions": ["check_sender_access inline:{ {bad@ = 553 no} }"],
        "smtpd_recipient_restrictions": [
            "check_recipient_access inline:{ {bob@ = DEFER_IF_PERMIT} }"
        ],
        "smtpd_data_restrictions": ["reject_multi_recipient_bounce"],
        "smtpd_end_of_data_restrictions": [
            "check_sender_access inline:{ {late@ = REJECT 5.7.9 late} }"
        ],
    }
    main_cf = "".join(f"{k} = {', '.join(v)}\n" for k, v in lists.items())
    main_cf += f"smtpd_delay_reject = {'yes' if delay else 'no'}\n"
    main_cf += "mynetworks = 127.0.0.1/32\n"
    message = ["DATA", "Subject: x\r\n\r\ntext\r\n."]
    dialogues = [
        ["EHLO bad.test", "MAIL FROM:<a@b.test>", "RCPT TO:<alice@example.org>"],
        ["EHLO wait.test", "MAIL FROM:<a@b.test>", "RCPT TO:<alice@example.org>"],
        ["EHLO ok.test", "MAIL FROM:<bad@b.test>", "RCPT TO:<alice@example.org>"],
        ["EHLO ok.test", "MAIL FROM:<a@b.test>", "RCPT TO:<bob@example.org>"],
        [
            "EHLO ok.test",
            "MAIL FROM:<late@b.test>",
            "RCPT TO:<alice@example.org>",
            *message,
        ],
    ]
    both(
        tmp_path,
        make_postfix,
        {**lists, "smtpd_delay_reject": delay, "smtpd_helo_required": False},
        main_cf,
        dialogues,
    )
