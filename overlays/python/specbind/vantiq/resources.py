"""Names of system resources."""

from __future__ import annotations

from typing import Final

__all__ = ["VantiqResources"]

_SYSTEM = "system."


class VantiqResources:
    """Names of the resources that every server has; records of other types go by the name of their type.

    The last five are gone from newer servers and from the official client since 1.5; they stay for programs that name
    them.
    """

    AUDITS: Final = "system.audits"
    CATALOGS: Final = "system.catalogs"
    CLIENTS: Final = "system.clients"
    COLLABORATIONS: Final = "system.collaborations"
    COLLABORATION_TYPES: Final = "system.collaborationtypes"
    CONFIGURATIONS: Final = "system.configurations"
    DESIGN_MODELS: Final = "system.designmodels"
    DISCUSSIONS: Final = "system.discussions"
    DOCUMENTS: Final = "system.documents"
    EVENT_GENERATORS: Final = "system.eventgenerators"
    GENAI_FLOWS: Final = "system.genaiflows"
    GROUPS: Final = "system.groups"
    K8S_CLUSTERS: Final = "system.k8sclusters"
    K8S_INSTALLATIONS: Final = "system.k8sinstallations"
    LLMS: Final = "system.llms"
    NAMESPACES: Final = "system.namespaces"
    NODES: Final = "system.nodes"
    ORGANIZATIONS: Final = "system.organizations"
    PROCEDURES: Final = "system.procedures"
    PROFILES: Final = "system.profiles"
    PROJECTS: Final = "system.projects"
    RULES: Final = "system.rules"
    SCHEDULED_EVENTS: Final = "system.scheduledevents"
    SECRETS: Final = "system.secrets"
    SEMANTIC_INDEXES: Final = "system.semanticindexes"
    SERVICES: Final = "system.services"
    SERVICE_CONNECTORS: Final = "system.serviceconnectors"
    SOURCES: Final = "system.sources"
    SOURCE_IMPLS: Final = "system.sourceimpls"
    STORAGE_MANAGERS: Final = "system.storagemanagers"
    SUBSCRIPTIONS: Final = "system.subscriptions"
    SYSTEM_MODELS: Final = "system.systemmodels"
    TESTS: Final = "system.tests"
    TEST_REPORTS: Final = "system.testreports"
    TEST_SUITE_REPORTS: Final = "system.testsuitereports"
    TEST_SUITES: Final = "system.testsuites"
    TOKENS: Final = "system.tokens"
    TOPICS: Final = "system.topics"
    TRACKING_REGIONS: Final = "system.trackingRegions"
    TYPES: Final = "system.types"
    USERS: Final = "system.users"
    ANALYTICS_MODELS: Final = "system.analyticsmodels"
    IMAGES: Final = "system.images"
    SITUATIONS: Final = "system.situations"
    TENSORFLOW_MODELS: Final = "system.tensorflowmodels"
    VIDEOS: Final = "system.videos"

    @staticmethod
    def unqualified_name(qualified_name: str) -> str | None:
        """Give a name without `system.` in front; what is empty or None stays as it is."""
        return qualified_name.removeprefix(_SYSTEM) if qualified_name else qualified_name
