"""``slicer.parameterNodeWrapper``, written from its documented behaviour."""

import types

NAMES = {
    "annotations": (
        "Validator", "NotNone", "IsInstance", "WithinRange", "Minimum", "Maximum", "Choice", "Exclude", "Default",
        "Decimals", "SingleStep",
    ),
    "connectors": ("GuiConnector", "createGuiConnector", "parameterNodeGuiConnector"),
    "wrapper": (
        "parameterNodeWrapper", "isParameterNodeWrapper", "findChildWidgetForParameter",
        "SlicerParameterNamePropertyName",
    ),
}  # fmt: skip


def make_module() -> types.ModuleType:
    """The module; made when ``qt``, ``ctk`` and Slicer's widgets are in place."""
    from . import annotations, connectors, wrapper

    module = types.ModuleType("slicer.parameterNodeWrapper")
    parts = {"annotations": annotations, "connectors": connectors, "wrapper": wrapper}
    for part, names in NAMES.items():
        for name in names:
            setattr(module, name, getattr(parts[part], name))
    module.__all__ = [name for names in NAMES.values() for name in names]  # type: ignore[attr-defined]
    return module
