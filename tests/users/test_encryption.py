import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialApp
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from revenue.users import encryption, sign_on
from tests.factories.people import UserFactory

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_encrypted_is_read_again_and_not_in_clear(text: str) -> None:
    token = encryption.encrypt(text)
    assert encryption.decrypt(token) == text
    assert len(text) < 4 or text not in token


def test_first_key_encrypts_and_all_decrypt(settings: Any) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [OLD]
    token = encryption.encrypt("secret")
    settings.SECRET_ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.decrypt(token) == "secret"
    rotated = encryption.rotate(token)
    settings.SECRET_ENCRYPTION_KEYS = [NEW]
    assert encryption.decrypt(rotated) == "secret"
    with pytest.raises(encryption.UndecryptableError, match="rotate_secrets"):
        encryption.decrypt(token)


def test_a_key_that_is_none_is_said(settings: Any) -> None:
    settings.SECRET_ENCRYPTION_KEYS = ["not a key"]
    with pytest.raises(ImproperlyConfigured, match="Make one with"):
        encryption.encrypt("secret")


def test_rotation_reaches_every_secret(db: None, settings: Any, capsys: Any) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [OLD]
    user = UserFactory()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    app = SocialApp(provider="openid_connect", provider_id="x", name="X", client_id="us")
    sign_on.keep_client_secret(app, secret="s" * 300)
    app.save()
    settings.SECRET_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_secrets", "--json")
    counts = json.loads(capsys.readouterr().out)
    assert (counts["second_factors"], counts["providers"]) == (2, 1)
    assert counts["connections"] == counts["writer_policies"] == 0
    settings.SECRET_ENCRYPTION_KEYS = [NEW]
    totp = Authenticator.objects.get(type="totp")
    assert encryption.decrypt(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes
    assert sign_on.client_secret(SocialApp.objects.get()) == "s" * 300


def test_rotation_without_the_old_key_changes_nothing(db: None, settings: Any) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [OLD]
    TOTP.activate(UserFactory(), "JBSWY3DPEHPK3PXP")
    before = Authenticator.objects.get().data
    settings.SECRET_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("rotate_secrets")
    assert Authenticator.objects.get().data == before
