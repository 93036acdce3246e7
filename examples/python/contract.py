"""The messages of a contract, made from the descriptors that `buf build` writes: no generated code."""

import os

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "busline.bench.v1.EchoService"


def load(path=None):
    """Returns input and output class of every method of SERVICE, by the method's name."""
    path = path or os.environ.get("BUSLINE_CONTRACT", "bench.binpb")
    with open(path, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for each in files.file:
        pool.Add(each)
    service = pool.FindServiceByName(SERVICE)
    message = message_factory.GetMessageClass
    return {m.name: (message(m.input_type), message(m.output_type)) for m in service.methods}
