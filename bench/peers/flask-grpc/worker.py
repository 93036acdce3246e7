"""The worker behind Flask: a grpcio server on WORKER_PORT, with the pool of ten threads of gRPC's Python guide."""

import os
from concurrent import futures

import grpc
from busline.bench.v1 import note_pb2, note_pb2_grpc


class NoteService(note_pb2_grpc.NoteServiceServicer):
    def EchoNote(self, request, context):
        return note_pb2.EchoNoteResponse(id=request.id, text=request.text, priority=request.priority)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
note_pb2_grpc.add_NoteServiceServicer_to_server(NoteService(), server)
server.add_insecure_port(f"127.0.0.1:{os.environ['WORKER_PORT']}")
server.start()
server.wait_for_termination()
