"""Plans a whole package: its modules, its credentials, its front page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.paragraphs import markdown
from specbind.generator.emit.text import Code, Identifier, SpecText, code, compose, identifier, join
from specbind.generator.ir.graph import inner_types, types_of
from specbind.generator.ir.groups import cut_groups
from specbind.generator.ir.hoist import hoist_unions
from specbind.generator.ir.model import OAuth2Scheme, OpenIdScheme, TupleType
from specbind.generator.ir.prose import short_line
from specbind.generator.ir.services import webhook_service

from .context import Context
from .credentials import plan_credentials
from .headers import with_header_types
from .literals import docstring, literal, toml
from .models import plan_group
from .operations import OperationsPlanner
from .plan import CredentialPlan, ExportPlan, PackagePlan, ReadmePlan
from .resources import plan_resource
from .server import plan_server, plan_webhook_bodies, plan_webhooks
from .servers import base_url, server_literal, server_url
from .service import name_services
from .unions import UnionRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Operation

    from .plan import MethodPlan, OperationsPlan, ResourcePlan

__all__ = ["plan_package"]


def plan_package(
    api: Api, package: Identifier, diagnostics: Diagnostics, *, runtime_levels: int, with_core: bool
) -> PackagePlan:
    """Decide everything about a package. `runtime_levels`: 0 for a runtime inside the package, 1 for one beside it."""
    webhooks = webhook_service(api)
    if webhooks is not None:
        api = replace(api, services=(*api.services, webhooks))  # planned as the others are, but served, not called
    api, header_types = with_header_types(hoist_unions(api, lambda known: UnionRules(known).is_native))
    groups = cut_groups(api.definitions)
    own = len(api.services) - bool(webhooks)
    context = Context(api, groups, diagnostics, runtime_levels, header_types, own)
    _report_tuples(context, api)
    services = name_services(context)
    operations: list[OperationsPlan] = []
    resources: list[ResourcePlan] = []
    called: dict[tuple[Identifier, Identifier], Operation] = {}
    hooks = (services[own], api.services[own].operations) if webhooks is not None else None
    for number, (names, service) in enumerate(zip(services, api.services, strict=True)):
        planner = OperationsPlanner(context, names.module, names.constants)
        doc = docstring([SpecText(f"Operations of {names.title} as data: what is sent and how the answer is read.")], 0)
        operations.append(planner.plan(service.operations, doc))
        called.update({(names.module, names.constants[found.id]): found for found in service.operations})
        if number < own:
            resources.append(plan_resource(context, names, service.operations))
    credentials, credentials_imports = plan_credentials(context)
    title = f"{api.title or api.name} {api.version}".strip()
    server = server_url(api)
    address = base_url(context, server)
    return PackagePlan(
        package=package,
        runtime=code("._runtime") if not runtime_levels else code(".._runtime"),
        doc=docstring([SpecText(f"{title}: {short_line(api.doc) or 'generated bindings.'}"), SpecText(api.doc)], 0),
        groups=tuple(plan_group(context, identifier(f"group_{n}"), group) for n, group in enumerate(groups, 1)),
        model_exports=_model_exports(context),
        operations=tuple(operations),
        resources=tuple(resources),
        credentials=credentials,
        credentials_imports=credentials_imports,
        server=plan_server(
            context,
            list(zip(services, (service.operations for service in api.services), strict=True))[:own],
            credentials,
            urlsplit(server).path if "{" not in server else "",
        ),
        servers=tuple(server_literal(found, identifier("ServerUrl")) for found in api.servers),
        webhooks=plan_webhooks(context, hooks) if hooks else None,
        webhook_bodies=plan_webhook_bodies(context, hooks) if hooks else None,
        exports=_exports(api, credentials, runtime_levels, with_core=with_core, webhooks=hooks is not None),
        client_doc=docstring([SpecText(f"Asynchronous client of {title}."), _CLIENT_DOC], 4),
        sync_client_doc=docstring([SpecText(f"Synchronous client of {title}."), _CLIENT_DOC], 4),
        models_doc=docstring([SpecText(f"Types of {title}, loaded on first use.")], 0),
        auth_doc=docstring([SpecText(f"Credentials of {title}.")], 0),
        server_doc=docstring([SpecText(f"Server skeleton of {title}."), _SERVER_DOC], 4),
        base_url=literal(address),
        readme=_readme(api, package, resources, called, credentials, address, with_core=with_core),
    )


_RUNTIME_NAMES = "ByteStream Error File Limits Rejection ScriptedTransport StatusError Timeout UNSET errors".split()
_SERVER_DOC = code("One method per operation; override those that you serve.")
_CLIENT_DOC = code(
    """Arguments are those of the runtime's base client: `base_url`, then by keyword `auth`, `timeout`, `headers`,
`accept`, `middleware`, `limits`, `transport`, `proxy`, `trust_env` and `ssl`."""
)


def _asked_for(api: Api) -> Iterator[str]:
    """Names of the runtime that users of this API need and of others do not."""
    if any(isinstance(scheme, OAuth2Scheme | OpenIdScheme) for scheme in api.security_schemes):
        yield from ("discover", "discover_sync")
    operations = [operation for service in api.services for operation in service.operations]
    bodies = [payload for operation in operations if operation.body for payload in operation.body.payloads]
    if any(part.headers for payload in bodies for part in payload.parts):
        yield "with_part_headers"


def _report_tuples(context: Context, api: Api) -> None:
    """Say where positions lose their types: msgspec has no tuple with further items."""
    for definition in api.definitions:
        stack = list(types_of(definition))
        while stack:
            found = stack.pop()
            stack.extend(inner_types(found))
            if isinstance(found, TupleType) and found.rest is not None:
                text = f"an array of {definition.id!r} has types by position and further items; it is list[Any]"
                context.findings.report(Finding.TUPLE_REST, text, definition.source)


def _model_exports(context: Context) -> tuple[ExportPlan, ...]:
    found = (ExportPlan(name, context.modules[id_]) for id_, name in context.names.items())
    return tuple(sorted(found, key=lambda export: export.name))


def _exports(
    api: Api, credentials: Sequence[CredentialPlan], runtime_levels: int, *, with_core: bool, webhooks: bool
) -> tuple[ExportPlan, ...]:
    runtime = code("_runtime") if not runtime_levels else code("._runtime")
    fixed = [
        ExportPlan(identifier("Client"), identifier("client")),
        ExportPlan(identifier("SyncClient"), identifier("sync_client")),
        ExportPlan(identifier("Server"), identifier("server")),
        ExportPlan(identifier("models"), None),
        *(ExportPlan(identifier(name), runtime) for name in (*_RUNTIME_NAMES, *_asked_for(api))),
    ]
    if with_core:
        fixed += [ExportPlan(identifier(name), identifier("_core")) for name in ("Retry", "RetryPolicy")]
    if webhooks:
        fixed += [
            ExportPlan(identifier("Webhooks"), identifier("webhooks")),
            ExportPlan(identifier("webhook_bodies"), None),
            ExportPlan(identifier("parse_webhook"), runtime),
        ]
    own = [ExportPlan(item.name, identifier("auth")) for item in credentials]
    return tuple(sorted([*fixed, *own], key=lambda item: item.name))


def _readme(
    api: Api,
    package: Identifier,
    resources: Sequence[ResourcePlan],
    called: Mapping[tuple[Identifier, Identifier], Operation],
    credentials: Sequence[CredentialPlan],
    base_url: str,
    *,
    with_core: bool,
) -> ReadmePlan:
    calls = [(resource, method) for resource in resources for method in resource.methods]

    def cost(call: tuple[ResourcePlan, MethodPlan]) -> tuple[bool, bool, int, bool]:
        operation = called[call[0].module, call[1].constant]
        needed = sum(item.required for item in call[1].arguments)
        return operation.deprecated, call[1].call_name != "_call", needed, not operation.safe

    simple = min(calls, key=cost, default=None)
    arguments = [item for item in simple[1].arguments if item.required] if simple else []
    wanted = called[simple[0].module, simple[1].constant].security[:1] if simple else ()
    schemes = {literal(scheme) for alternative in wanted for scheme, _ in alternative}
    credentials = [item for item in credentials if item.scheme in schemes]
    return ReadmePlan(
        distribution=toml(SpecText(package.strip("_").replace("_", "-"))),
        version=toml(SpecText("0.1.0")),
        description=toml(SpecText(short_line(f"Bindings for {api.title or api.name} {api.version}"))),
        title=markdown(SpecText(f"{api.title or api.name} {api.version}")),
        resource=simple[0].attribute if simple else None,
        method=simple[1].name if simple else None,
        arguments=join(
            ", ", [item.sample if item.positional else compose("{}={}", item.name, item.sample) for item in arguments]
        ),
        base_url=literal(base_url or "https://api.example.com"),
        placeholder=not base_url,
        credential=_credential_call(credentials),
        imports=join(", ", [code("Client"), *(item.name for item in credentials[:1])]),
        operation_count=literal(len(calls)),
        with_core=with_core,
    )


def _credential_call(credentials: Sequence[CredentialPlan]) -> Code | None:
    if not credentials:
        return None
    given = code('"user", "password"') if credentials[0].basic else code('"secret"')
    return compose("{}({})", credentials[0].name, given)
