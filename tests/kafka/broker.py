"""One real Apache Kafka broker (KRaft, a single node) on free loopback ports in a temporary folder.

    with Broker() as broker:
        topics.create(broker.bootstrap, {"flights": 8})
        broker.restart()        # the same ports, the same data

Needs what requirements.check() checks. Not thread safe.
"""

import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile

import child
import requirements
from waiting import wait_until

FREE_PORTS = range(10_000, 20_000)
CLUSTER_ID = "c2hvYWwtdGVzdC1icm9rZQ"
HEAP = ["-Xms128m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
SETTINGS = """
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={folder}/data
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
delete.topic.enable=true
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.ms=-1
"""


def free_ports(count):
    """Ports that nobody listens on now, below those that the kernel gives to connections: where many hosts
    start at once, the connection of one would else take the port that another is about to listen on."""
    ports = set()
    while len(ports) < count:
        port = random.choice(FREE_PORTS)
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) != 0:
                ports.add(port)
    return list(ports)


class Broker:
    def __init__(self, settings=None, port=None, format_options=(), heap=HEAP):
        """`settings`: broker properties that replace or add to those above, with the same places to fill;
        `format_options`: of the storage's first formatting."""
        self.heap = heap
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-kafka-"))
        self.log_path = self.folder / "broker.log"
        self.port, self.controller = free_ports(2)
        self.port = port or self.port
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        text = SETTINGS + "".join(f"{name}={value}\n" for name, value in (settings or {}).items())
        text = text.format(port=self.port, controller=self.controller, folder=self.folder)
        (self.folder / "server.properties").write_text(text, encoding="utf-8")
        self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, *format_options, "-c")

    def command(self, main_class, *arguments):
        jars = requirements.jars()
        level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        classpath = ["-cp", f"{jars}/*"]
        properties = str(self.folder / "server.properties")
        return ["java", *self.heap, level, *classpath, main_class, *arguments, properties]

    def java(self, main_class, *arguments):
        done = subprocess.run(self.command(main_class, *arguments), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{main_class}: {done.stdout}{done.stderr}")

    def start(self, seconds=180.0):
        """Starts the broker and waits until it answers."""
        self.launch()
        wait_until(self.answers, lambda: "the broker answers: " + child.log_tail(self.log_path), seconds)
        return self

    def launch(self):
        self.process = child.start(self.command("kafka.Kafka"), self.log_path)

    def answers(self, brokers=1):
        """Whether it answers and knows of so many brokers."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        if self.process.poll() is not None:
            raise RuntimeError("the broker has ended: " + child.log_tail(self.log_path))
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            quiet = {"bootstrap.servers": self.bootstrap, "log_level": 0}
            return len(AdminClient(quiet).list_topics(timeout=2).brokers) == brokers
        except (OSError, KafkaException):
            return False

    def stop(self):
        """A clean stop; the data stays."""
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def end(self, number):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def pause(self):
        """The broker stands still and answers nobody, its connections stay open."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()
