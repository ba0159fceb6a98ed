"""Relays that hand their mail to each other when they stop."""

import copy
import secrets

DELIVERY_TIME = "2s"


def make_replicas(make_relay, folder, count, config=None, start=True):
    """`count` relays that know each other and share one next hop's port."""
    secret = folder / "handoff-secret"
    secret.write_text(secrets.token_hex(32) + "\n")
    relays = [
        make_relay(copy.deepcopy(config), start=False) for _ in range(count)
    ]
    peers = [f"127.0.0.1:{relay.port}" for relay in relays]
    for relay in relays:
        relay.config["handoff"] = {
            "peers": peers,
            "networks": ["127.0.0.0/8"],
            "secret_file": str(secret),
            "delivery_time": DELIVERY_TIME,
        }
        relay.next_hop_port = relays[0].next_hop_port
        relay.config["smtp"]["port"] = relays[0].next_hop_port
        if start:
            relay.start()
    return relays


def waiting(relay):
    """{recipient: (queued, failures, state)} of what is queued."""
    return {
        recipient["address"]: (
            message["queued"],
            message.get("failures", 0),
            message["state"],
        )
        for message in relay.listed()
        for recipient in message["recipients"]
    }


def event(relay, name):
    """The log lines of an event, each as {field: value}."""
    found = []
    for line in relay.log().splitlines():
        if f" event={name} " in f"{line} ":
            pairs = (word.partition("=") for word in line.split(" "))
            found.append({key: value for key, _, value in pairs})
    return found
