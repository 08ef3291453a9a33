"""Stands in for a module that kafka-python's archive lacks: the broker is started by others."""


class ExternalService:
    def __init__(self, host, port):
        self.host, self.port = host, port

    def open(self):
        pass

    start = stop = close = dump_logs = open

    def wait_for(self, *_arguments, **_options):
        return True


class SpawnedService:
    def __init__(self, *_arguments, **_options):
        raise NotImplementedError("these tests run against a broker that is there already")
