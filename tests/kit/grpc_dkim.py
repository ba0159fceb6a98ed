"""Run with Debian's Python: Google's gRPC client of dkimd's check service.

SOCKET FOLDER PIECE: FOLDER has dkim_pb2.py, which protoc made; PIECE is the
number of bytes of a chunk. Reads lines of JSON from standard input, each with
`method` ("Verify", "Sign") and `message` (base64), all on one channel, and
answers each with a line: the reply's fields, or `code` and `text`."""

import base64
import json
import sys

import grpc


def chunks(api, message, piece):
    for at in range(0, len(message), piece):
        yield api.MessageChunk(data=message[at:at + piece])


def fields_of(reply):
    if hasattr(reply, "fields"):
        return {"fields": list(reply.fields)}
    return {
        "authentication_results": reply.authentication_results,
        "signatures": [
            {f.name: getattr(s, f.name) for f in s.DESCRIPTOR.fields}
            for s in reply.signatures
        ],
    }


def main(socket, folder, piece):
    sys.path.insert(0, folder)
    from proto.check.v1 import dkim_pb2 as api

    replies = {"Verify": api.VerifyReply, "Sign": api.SignReply}
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        for line in sys.stdin:
            question = json.loads(line)
            method = question["method"]
            call = channel.stream_unary(
                f"/postern.check.v1.Dkim/{method}",
                request_serializer=api.MessageChunk.SerializeToString,
                response_deserializer=replies[method].FromString,
            )
            message = base64.b64decode(question["message"])
            try:
                answer = fields_of(call(chunks(api, message, int(piece)), timeout=20))
            except grpc.RpcError as error:
                answer = {"code": error.code().name, "text": error.details()}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
