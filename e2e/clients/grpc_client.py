"""Calls gRPC methods with messages that are bytes, and prints what came back as JSON. Started by python.test.ts."""

import base64
import json
import sys

import grpc


def call(channel, job):
    as_they_are = {"request_serializer": None, "response_deserializer": None}
    kinds = {
        "unary": channel.unary_unary,
        "server_streaming": channel.unary_stream,
        "client_streaming": channel.stream_unary,
        "bidi_streaming": channel.stream_stream,
    }
    method = kinds[job["kind"]](job["path"], **as_they_are)
    requests = [base64.b64decode(request) for request in job["requests"]]
    sends_many = job["kind"] in ("client_streaming", "bidi_streaming")
    answers_many = job["kind"] in ("server_streaming", "bidi_streaming")
    options = {
        "timeout": job["timeout_seconds"],
        "metadata": [(name, value) for name, value in job["metadata"]],
    }
    answers = []
    try:
        argument = iter(requests) if sends_many else requests[0]
        if answers_many:
            outcome = method(argument, **options)
            for answer in outcome:
                answers.append(answer)
                if len(answers) == job["cancel_after"]:
                    outcome.cancel()
        else:
            answer, outcome = method.with_call(argument, **options)
            answers.append(answer)
    except grpc.RpcError as error:
        outcome = error
    return {
        "code": outcome.code().name,
        "text": outcome.details(),
        "messages": [base64.b64encode(answer).decode() for answer in answers],
        "header": metadata(outcome.initial_metadata()),
        "trailer": metadata(outcome.trailing_metadata()),
    }


def metadata(pairs):
    return [
        [name, base64.b64encode(value).decode() if isinstance(value, bytes) else value]
        for name, value in pairs or ()
    ]


def main():
    target = json.loads(sys.stdin.readline())
    if target["ca_file"] is None:
        channel = grpc.insecure_channel(target["address"])
    else:
        with open(target["ca_file"], "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        channel = grpc.secure_channel(target["address"], credentials)
    with channel:
        for line in sys.stdin:
            print(json.dumps(call(channel, json.loads(line))), flush=True)


main()
