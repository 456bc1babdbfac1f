from importlib import import_module

from celery import signals
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from revenue.observe import broker, metrics, tasks, worker_probe

# By setting: the module that needs packages of requirements-extra.txt.
OPTIONAL = {
    "SENTRY_DSN": "revenue.observe.sentry",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "revenue.observe.traces",
}


class ObserveConfig(AppConfig):
    name = "revenue.observe"
    label = "observe"

    def ready(self) -> None:
        tasks.connect()
        metrics.register_collector(
            name="revenue_queue_length",
            help_text="Messages that wait in the broker.",
            labels=["queue"],
            read=broker.queue_lengths,
        )
        signals.heartbeat_sent.connect(worker_probe.worker_beats)
        signals.worker_ready.connect(worker_probe.worker_is_ready)
        signals.beat_init.connect(worker_probe.scheduler_starts)
        for setting, module in OPTIONAL.items():
            if getattr(settings, setting):
                start_optional(setting=setting, module=module)


def start_optional(*, setting: str, module: str) -> None:
    try:
        found = import_module(module)
    except ImportError as problem:
        raise ImproperlyConfigured(
            f"{setting} is set, but the package {problem.name or problem} is not installed: "
            f"run `pip install -r requirements-extra.txt`, or unset {setting}."
        ) from problem
    found.start()
