"""Django made ready in the process that forks: whatever it would load from a file later is loaded before.

A child may open nothing. Its database lives in memory: the connection is made here, empty, and every child has its own copy.
"""

from __future__ import annotations

import datetime
import importlib
from typing import Any

_MODULES = (
    "core.exceptions",
    "core.paginator",
    "core.validators",
    "db",
    "db.models",
    "db.models.functions",
    "db.models.sql",
    "db.transaction",
    "forms",
    "http",
    "shortcuts",
    "template",
    "template.defaultfilters",
    "template.loader",
    "test",
    "urls",
    "urls.resolvers",
    "utils.html",
    "utils.text",
    "utils.timezone",
    "utils.safestring",
    "views",
    "views.generic",
)


def warm() -> None:
    """Load and exercise Django. Raises ``ImportError`` where it is not installed."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {}}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF="app.urls",
        SECRET_KEY="no secret",
        ALLOWED_HOSTS=["*"],
        USE_I18N=False,
        USE_TZ=False,
        TIME_ZONE="UTC",
    )
    django.setup()
    for name in _MODULES:
        importlib.import_module(f"django.{name}")
    _query()
    _render()
    _stop_the_clock()


def _stop_the_clock() -> None:
    """Rows and answers must not depend on when a program runs."""
    from django.utils import timezone

    timezone.now = lambda: datetime.datetime(2024, 1, 1, 12)


def _query() -> None:
    """A table made, filled, asked and dropped."""
    from django.apps import apps
    from django.db import connection, models

    fields = {
        "word": models.CharField(max_length=9),
        "number": models.IntegerField(null=True, blank=True),
        "flag": models.BooleanField(default=True),
        "day": models.DateField(null=True, blank=True),
        "price": models.DecimalField(max_digits=6, decimal_places=2, default=0),
    }
    meta = type("Meta", (), {"app_label": "warming"})
    model: Any = type("Warming", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    with connection.schema_editor() as editor:
        editor.create_model(model)
    rows = model.objects
    rows.create(word="one", number=1)
    rows.bulk_create([model(word="two"), model(word="three", number=3)])
    found = rows.filter(models.Q(word__icontains="o") | models.Q(number__gt=1)).exclude(word="x").order_by("-number", "word")
    list(found.annotate(twice=models.F("number") * 2).values("word", "twice").distinct()[:2])
    found.aggregate(models.Sum("number"), models.Avg("number"), models.Count("id"))
    found.update(number=models.F("number") + 1)
    rows.get_or_create(word="four")
    rows.first(), rows.count(), rows.exists(), rows.get(word="one").full_clean(), rows.all().delete()
    with connection.schema_editor() as editor:
        editor.delete_model(model)
    del apps.all_models["warming"]
    apps.clear_cache()


def _render() -> None:
    """A form, a template, a route and a response."""
    from django import forms
    from django.http import HttpResponse, JsonResponse
    from django.template import Context, Template
    from django.test import RequestFactory
    from django.urls import path
    from django.urls.resolvers import RegexPattern, URLResolver

    fields = {
        "word": forms.CharField(max_length=3),
        "number": forms.IntegerField(min_value=1),
        "mail": forms.EmailField(),
        "flag": forms.BooleanField(required=False),
        "one": forms.ChoiceField(choices=[("a", "A")]),
        "day": forms.DateField(),
        "at": forms.DateTimeField(),
        "time": forms.TimeField(),
        "price": forms.DecimalField(),
    }
    form = type("Warming", (forms.Form,), fields)(
        {"word": "long", "number": "0", "mail": "x", "day": "2024-02-31", "at": "2024-02-03 04:05", "time": "4:05", "price": "1.5"}
    )
    form.errors.get_json_data(), form.as_p()
    Template("{% for x in xs %}{{ x|upper }}{% empty %}-{% endfor %}{% if a %}{{ a|default:'b' }}{% endif %}").render(
        Context({"xs": "a"})
    )
    URLResolver(RegexPattern("^/"), [path("x/<int:n>/<slug:s>/<str:t>/", _render, name="x")]).resolve("/x/1/a/b/")
    RequestFactory().get("/", {"a": "b"}).GET.get("a")
    bytes(HttpResponse("x", status=404)), bytes(JsonResponse({"a": 1}))
