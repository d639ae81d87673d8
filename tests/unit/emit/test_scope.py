"""Names are told apart by one fixed rule; imports follow from use."""

from specbind.generator.emit.scope import ImportedName, ModuleScope, NameScope, Symbol
from specbind.generator.emit.text import identifier
from specbind.generator.targets.python import scope as python


def test_the_first_asker_gets_the_name_and_later_ones_a_number():
    told = []
    scope = NameScope({"self"}, lambda wanted, given: told.append((wanted, given)))
    taken = [scope.take(identifier(name)) for name in ("pet", "pet", "pet_2", "pet", "self")]
    assert taken == ["pet", "pet_2", "pet_2_2", "pet_3", "self_"]
    assert told == [("pet", "pet_2"), ("pet_2", "pet_2_2"), ("pet", "pet_3"), ("self", "self_")]


def test_file_names_that_differ_in_case_collide():
    scope = NameScope(fold=True)
    assert [scope.take(identifier(name)) for name in ("Pet", "pet")] == ["Pet", "pet_2"]


def test_a_symbol_is_imported_because_it_is_used():
    scope = ModuleScope()
    assert scope.imports() == []
    scope.use(Symbol("typing", "Any", typing_only=True))
    assert scope.imports() == [ImportedName("typing", "Any", "Any", typing_only=True)]
    scope.use(Symbol("typing", "Any"))
    assert scope.imports() == [ImportedName("typing", "Any", "Any", typing_only=False)]


def test_a_symbol_whose_name_is_taken_is_imported_under_another():
    scope = python.ModuleScope(taken=["Any"], shadowed=["list"])
    assert scope.use(Symbol("typing", "Any")) == "Any_"
    assert scope.builtin("list") == "list_"
    assert scope.builtin("int") == "int"
    assert [(found.module, found.local) for found in scope.imports()] == [("builtins", "list_"), ("typing", "Any_")]
