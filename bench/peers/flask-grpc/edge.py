"""A Flask application that calls the worker on WORKER_PORT by gRPC; gunicorn runs it."""

import os

import grpc
from busline.bench.v1 import note_pb2, note_pb2_grpc
from flask import Flask, request

DEADLINE_SECONDS = 10

app = Flask(__name__)
# Made after gunicorn has forked, because it loads the application in each of its processes.
stub = note_pb2_grpc.NoteServiceStub(grpc.insecure_channel(f"127.0.0.1:{os.environ['WORKER_PORT']}"))


@app.post("/v1/notes")
def echo_note():
    note = request.get_json()
    reply = stub.EchoNote(
        note_pb2.EchoNoteRequest(id=note["id"], text=note["text"], priority=note["priority"]),
        timeout=DEADLINE_SECONDS,
    )
    return {"id": reply.id, "text": reply.text, "priority": reply.priority}
