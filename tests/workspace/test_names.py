"""How names become slugs and keys."""

import pytest

from sandbox.workspace import key_of, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        pytest.param("Avocado Labs", "avocado-labs", id="spaces"),
        pytest.param("  Avocado \t Labs ", "avocado-labs", id="runs-of-spaces"),
        pytest.param("Custom - Kickbox Email Validation", "custom---kickbox-email-validation", id="dashes"),
        pytest.param("CustomFit.ai", "customfitai", id="dot"),
        pytest.param("Dreamdata IO", "dreamdata-io", id="capitals"),
        pytest.param("App One '\"><img src=_ onerror=alert(41)>", "app-one-img-src-onerroralert41", id="markup"),
        pytest.param("日本", "", id="nothing-left"),
    ],
)
def test_a_slug_is_made_as_the_developer_center_does(name: str, slug: str) -> None:
    """Lower case, dashes for spaces, everything else deleted, dashes left as they come."""
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    ("label", "key"),
    [
        pytest.param("Custom Setting", "customSetting", id="two-words"),
        pytest.param("API Key", "apiKey", id="abbreviation-first"),
        pytest.param("publishable API key", "publishableApiKey", id="abbreviation-within"),
        pytest.param("customSettingOne", "customSettingOne", id="camel-case-already"),
        pytest.param("Region (EU/US)", "regionEuUs", id="punctuation"),
        pytest.param("Région", "region", id="accent"),
        pytest.param("List 2", "list2", id="digit"),
        pytest.param("日本", "", id="nothing-left"),
    ],
)
def test_a_setting_key_is_the_label_in_camel_case(label: str, key: str) -> None:
    """As the Settings Builder makes it."""
    assert key_of(label) == key
