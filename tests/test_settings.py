"""What may be set, what is wrong, and what never shows."""

import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from relay.errors import BadSettings
from relay.model import Brand, Status
from relay.settings import Mailbox, MailUrl, Settings, described, email_address, load_settings
from relay.settings.fields import FIELDS, example_of
from relay.settings.shown import masked_url

ROOT = Path(__file__).parent.parent


def _is_guessed(secret: str) -> str:
    return "is too easy to guess" if secret == "password" else ""


SLUGS = dict.fromkeys(("17track", "dhl", "dhl-unified", "ups"), _is_guessed)


def load(**settings: str) -> Settings:
    """``load(port="80")`` is a start with ``WISMO_PORT=80``."""
    return load_settings(_environ(settings), env_file=None, slugs=SLUGS)


def faults(**settings: str) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load_settings(_environ(settings), env_file=None, slugs=SLUGS)
    return caught.value.faults


def _environ(settings: dict[str, str]) -> dict[str, str]:
    return {f"WISMO_{name.upper()}": text for name, text in settings.items()}


# -- where settings come from ------------------------------------------------------------------------------------------


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert settings.database_url == "sqlite:wismo.db"
    assert settings.mail_url == MailUrl("file", folder=Path("mail"))
    assert settings.live is None
    assert settings.brand == Brand("Wismo")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / "shop.env"
    env_file.write_text("WISMO_PORT=81\nWISMO_SHOP_NAME=Loja\nOTHER=1\n")
    settings = load_settings({"WISMO_PORT": "82", "PATH": "/bin"}, env_file)
    assert (settings.port, settings.shop_name) == (82, "Loja")
    sources = {line.name: line.source for line in described(settings)}
    assert sources["WISMO_PORT"] == "environment"
    assert sources["WISMO_SHOP_NAME"] == "shop.env"
    assert sources["WISMO_HOST"] == "default"


def test_env_in_the_working_directory_is_read_if_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).port == 8080
    (tmp_path / ".env").write_text("WISMO_PORT=81\n")
    settings = load_settings({})
    assert settings.port == 81
    assert {line.source for line in described(settings)} == {".env", "default"}


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISMO_PORT", "83")
    assert load_settings(env_file=None).port == 83
    assert load().port == 8080


def test_settings_made_by_hand_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISMO_PORT", "83")
    assert Settings(host="::1").port == 8080


def test_the_file_is_taken_by_the_letter(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "# a comment\n\nexport WISMO_SHOP_NAME='Loja # 1'\nWISMO_COLOR=#00FF00\nWISMO_SLACK_OWNER=${HOME}$x # who\n"
    )
    settings = load_settings({}, env_file)
    assert (settings.shop_name, settings.color, settings.slack_owner) == ("Loja # 1", "#00ff00", "${HOME}$x")


def test_what_is_empty_is_not_set_and_still_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("WISMO_PORT=81\n")
    settings = load_settings({"WISMO_PORT": " ", "WISMO_COLOR": ""}, env_file)
    assert settings.port == 8080
    assert {line.source for line in described(settings)} == {"default"}


def test_a_named_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"WISMO_SHOP_NAME=S\xe3o\n")
    for name, fault in (("missing", "No such file"), ("", "Is a directory"), ("latin", "is not UTF-8")):
        with pytest.raises(BadSettings, match=fault):
            load_settings({}, tmp_path / name)


def test_a_broken_line_is_a_fault_with_its_number_and_without_its_text(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("WISMO_PORT=81\n\nWISMO_SLACK_BOT_TOKEN\nWISMO_VTEX_APP_KEY='half-a-secret\n")
    with pytest.raises(BadSettings) as caught:
        load_settings({}, env_file)
    assert [re.findall(r"line (\d+)", fault) for fault in caught.value.faults] == [["3"], ["4"]]
    assert "half" not in str(caught.value)


# -- values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("database_url", "sqlite:/data/wismo.db", "sqlite:/data/wismo.db"),
        ("database_url", "postgresql:///wismo?host=/run", "postgresql:///wismo?host=/run"),
        ("host", "[::1]", "::1"),
        ("host", "wismo.internal", "wismo.internal"),
        ("port", "0", 0),
        ("public_url", "https://shop.example/track/", "https://shop.example/track"),
        ("trusted_proxies", "10.0.0.1, 10.1.0.0/16", (ip_network("10.0.0.1"), ip_network("10.1.0.0/16"))),
        ("timezone", "UTC", "UTC"),
        ("locale", "pt_br", "pt-BR"),
        ("live", "Yes", True),
        ("live", "0", False),
        ("backup_dir", "off", None),
        ("backup_dir", "/var/backups", Path("/var/backups")),
        ("color", "#ABCDEF", "#abcdef"),
        ("support_email", "ajuda@loja.local", "ajuda@loja.local"),
        ("mail_from", "pedidos@loja.test", Mailbox("pedidos@loja.test")),
        ("mail_from", "Loja, São & Cia. <a@b.example>", Mailbox("a@b.example", "Loja, São & Cia.")),
        ("mail_from", '"Loja" <a@b.example>', Mailbox("a@b.example", "Loja")),
        ("mail_only_to", "Me@Gmail.com, @Shop.example,loja.example", {"me@gmail.com", "shop.example", "loja.example"}),
        ("mail_statuses", "delivered,exception", (Status.DELIVERED, Status.EXCEPTION)),
        ("mail_gap_minutes", "0", 0),
        ("mail_brake", "OFF", "off"),
        ("mail_brake", "250", 250),
        ("alert_mail_to", "a@b.example,c@d.example,a@b.example", ("a@b.example", "c@d.example")),
        ("vtex_origins", "Fulfillment, MNC", ("Fulfillment", "MNC")),
        ("vtex_email_source", "soft-unmask", "soft_unmask"),
    ],
)
def test_a_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(load(**{name: text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("database_url", "mysql://h/db"),
        ("database_url", "sqlite:"),
        ("database_url", "sqlite::memory:"),
        ("database_url", "sqlite:///wismo.db"),
        ("database_url", "postgresql:wismo"),
        ("host", "a b"),
        ("host", "http://x"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "٨٠"),
        ("public_url", "shop.example"),
        ("public_url", "https://"),
        ("public_url", "https://x.example:port"),
        ("public_url", "https://x.example/?a=b"),
        ("public_url", "https://[x"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("trusted_proxies", ","),
        ("timezone", "Brasilia"),
        ("timezone", "America"),
        ("timezone", "../etc/passwd"),
        ("locale", "fr"),
        ("live", "perhaps"),
        ("heartbeat_url", "ftp://x"),
        ("retention_days", "0"),
        ("backup_keep", "many"),
        ("logo_url", "https://x.example/a b.png"),
        ("color", "blue"),
        ("shop_name", "two\nlines"),
        ("shop_name", "half \udce3"),
        ("support_email", "help"),
        ("mail_from", "Loja <a@b> c"),
        ("mail_from", "são@loja.example"),
        ("mail_only_to", "a@"),
        ("mail_statuses", "delivered,pending"),
        ("mail_brake", "0"),
        ("customer_mail", "both"),
        ("vtex_write", "sometimes"),
    ],
)
def test_a_wrong_value_is_one_fault_with_its_name_and_a_remedy_that_works(name: str, text: str) -> None:
    [fault] = faults(**{name: text})
    full = f"WISMO_{name.upper()}"
    assert fault.startswith(f"{full}: ")
    remedy = fault.rpartition(f"Write for example {full}=")[2]
    load(**{name: remedy})


@pytest.mark.parametrize("name", FIELDS.values())
def test_every_example_is_right(name: str) -> None:
    others = {"mail_url": {"mail_from": "a@b.example"}, "vtex_app_key": {"vtex_account": "shop"}}
    others["vtex_app_token"] = others["vtex_app_key"]
    others["slack_app_token"] = others["slack_signing_secret"] = {"slack_bot_token": "xoxb-1"}
    load(**{name: example_of(name)}, **others.get(name, {}))


def test_all_faults_are_reported_at_once() -> None:
    found = faults(port="x", host="a b", mail_url="smtp://mail.example", colour="#fff", fedex_api_key="k")
    assert [fault.partition(":")[0] for fault in found] == [
        "WISMO_HOST",
        "WISMO_PORT",
        "WISMO_MAIL_FROM",
        "WISMO_COLOUR",
        "WISMO_FEDEX_API_KEY",
    ]


def test_what_kubernetes_adds_for_a_service_of_our_name_is_explained() -> None:
    [fault] = faults(port="tcp://10.0.0.1:8080")
    assert "enableServiceLinks" in fault


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load().port = 1  # type: ignore[misc]  # that it cannot be assigned is the point


# -- settings that follow from others, or contradict them --------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:81"),  # noqa: S104 - nothing is bound
        ("::", "http://[::1]:81"),
        ("fd00::1", "http://[fd00::1]:81"),
        ("wismo.local", "http://wismo.local:81"),
    ],
)
def test_the_public_url_follows_from_host_and_port(host: str, url: str) -> None:
    assert load(host=host, port="81").public_url == url


def test_with_a_shop_it_must_be_said_who_mails() -> None:
    assert load().customer_mail == "wismo"
    assert load(vtex_account="shop").customer_mail == "none"
    assert load(vtex_account="shop", customer_mail="wismo").customer_mail == "wismo"


def test_where_the_shop_mails_an_empty_link_is_filled() -> None:
    assert load(vtex_account="shop", customer_mail="shop").vtex_write == "if-empty"
    assert load(vtex_account="shop", customer_mail="wismo").vtex_write == "status"
    assert load(vtex_account="shop", customer_mail="shop", vtex_write="off").vtex_write == "off"


def test_smtp_needs_a_sender() -> None:
    [fault] = faults(mail_url="smtps://mail.example")
    assert fault.startswith("WISMO_MAIL_FROM: is not set")
    assert load(mail_url="file:./mail").mail_from == Mailbox("wismo@localhost")


def test_a_sender_that_is_wrong_is_not_called_missing() -> None:
    [fault] = faults(mail_url="smtps://mail.example", mail_from="nobody")
    assert "is not an e-mail address" in fault


def test_keys_of_a_shop_need_the_shop() -> None:
    [fault] = faults(vtex_app_token="t0ken")
    assert fault.startswith("WISMO_VTEX_ACCOUNT: is not set, and WISMO_VTEX_APP_TOKEN is")


def test_a_way_into_slack_needs_the_token_to_answer_with() -> None:
    [fault] = faults(slack_signing_secret="s3cret")
    assert fault.startswith("WISMO_SLACK_BOT_TOKEN: is not set, and WISMO_SLACK_SIGNING_SECRET is")
    assert "s3cret" not in fault


def test_the_brand_is_named_after_the_sender_where_it_has_no_name() -> None:
    assert load(mail_from="Loja <a@b.example>").brand.shop_name == "Loja"
    brand = load(mail_from="Loja <a@b.example>", shop_name="Shop", color="#000000", order_label="Pedido").brand
    assert brand == Brand("Shop", color="#000000", order_label="Pedido")


# -- where mail leaves -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file:./mail", MailUrl("file", folder=Path("mail"))),
        ("file:///var/mail", MailUrl("file", folder=Path("/var/mail"))),
        ("smtp://mail.example", MailUrl("smtp", host="mail.example", port=587, starttls=True)),
        ("smtp://mail.example/", MailUrl("smtp", host="mail.example", port=587, starttls=True)),
        ("smtp://mail.example:25?starttls=off", MailUrl("smtp", host="mail.example", port=25)),
        ("smtp://localhost", MailUrl("smtp", host="localhost", port=25)),
        ("smtp://127.0.0.2:1025", MailUrl("smtp", host="127.0.0.2", port=1025)),
        ("smtp://[::1]?starttls=required", MailUrl("smtp", host="::1", port=25, starttls=True)),
        ("smtps://mail.example", MailUrl("smtps", host="mail.example", port=465)),
        ("smtps://a%40b:p%2Fw@h:99", MailUrl("smtps", host="h", port=99, user="a@b", password="p/w")),
        ("smtps://a@b:pw@h", MailUrl("smtps", host="h", port=465, user="a@b", password="pw")),
    ],
)
def test_a_mail_url_is_read(text: str, expected: MailUrl) -> None:
    assert load(mail_url=text, mail_from="a@b.example").mail_url == expected


@pytest.mark.parametrize(
    "text",
    [
        "mail.example:25",
        "file:",
        "file://mail",
        "file:mail?mode=1",
        "smtp://",
        "smtp://a b",
        "smtp://user@h",
        "smtp://:s3cret@h",
        "smtp://user:s3cret/s3cret@h",
        "smtp://user:s3cret#s3cret@h",
        "smtp://user:s3cret?s3cret@h",
        "smtp://user:12#s3cret@h",
        "smtp://user:%ffs3cret@h",
        "smtp://user:s3crét@h",
        "smtp://user:s3cret@h:port",
        "smtp://user:s3cret@h?tls=s3cret",
        "smtps://user:s3cret@h?starttls=required",
    ],
)
def test_a_wrong_mail_url_is_a_fault_that_repeats_no_part_of_it(text: str) -> None:
    [fault] = faults(mail_url=text, mail_from="a@b.example")
    assert "s3cr" not in fault


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_any_ascii_password_can_be_written(password: str) -> None:
    url = f"smtp://user:{quote(password, safe='')}@mail.example"
    assert load(mail_url=url, mail_from="a@b.example").mail_url.password == password


@pytest.mark.parametrize(
    ("address", "travels"),
    [
        ("ana@localhost", "ana@localhost"),
        ("Ana.Silva@LOJA.Test", "Ana.Silva@loja.test"),
        ("ana@exämple.com", "ana@xn--exmple-cua.com"),
        ("joão@exemplo.com.br", "joão@exemplo.com.br"),
    ],
)
def test_an_address_as_it_travels(address: str, travels: str) -> None:
    assert email_address(address) == travels


# -- adapters ----------------------------------------------------------------------------------------------------------


def test_adapters_have_what_their_vendor_calls_it() -> None:
    settings = load(dhl_unified_api_key="k", dhl_api_url="https://dhl.example", ups_client_id="me", ups_api_key="")
    assert settings.adapter("dhl-unified") == {"API_KEY": "k"}
    assert settings.adapter("dhl") == {"API_URL": "https://dhl.example"}
    assert settings.adapter("ups") == {"CLIENT_ID": "me"}
    assert settings.adapter("17track") == {}


def test_secrets_rotate() -> None:
    settings = load(**{"17track_push_secrets": " new , old,,"})
    assert settings.push_secrets("17track") == ("new", "old")
    assert settings.push_secrets("ups") == ()


@pytest.mark.parametrize("text", ["", " , ,"])
def test_an_empty_list_of_secrets_is_a_fault(text: str) -> None:
    [fault] = faults(ups_push_secrets=text)
    assert fault.startswith("WISMO_UPS_PUSH_SECRETS: is an empty list")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("WISMO_POTR", "Did you mean WISMO_PORT?"),
        ("wismo_port", "Did you mean WISMO_PORT?"),
        ("WISMO_VTEX_API_KEY", "Did you mean WISMO_VTEX_APP_KEY?"),
        ("WISMO_UPS_PUSH_SECRET", "Did you mean WISMO_UPS_PUSH_SECRETS?"),
        ("WISMO_USPS_API_KEY", "Did you mean WISMO_UPS_API_KEY?"),
        ("WISMO_FEDEX_PUSH_SECRETS", "no adapter is called fedex; known: 17track, dhl, dhl-unified, ups"),
        ("WISMO_UPS_", "is not known"),
        ("WISMO_ADAPTERS", "is not known"),
        ("WISMO_NONSENSE", ".env.example lists every setting"),
    ],
)
def test_an_unknown_name_is_a_fault_that_says_what_was_meant_and_no_value(name: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings({name: "s3cret"}, env_file=None, slugs=SLUGS)
    [fault] = caught.value.faults
    assert fault.startswith(f"{name}: ")
    assert words in fault
    assert "s3cret" not in fault


def test_every_secret_of_an_adapter_is_judged_by_it_and_none_is_shown() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings({"WISMO_UPS_PUSH_SECRETS": "good one,password"}, env_file=None, slugs=SLUGS)
    assert caught.value.faults == ("WISMO_UPS_PUSH_SECRETS: is too easy to guess",)


def test_without_adapters_none_is_known() -> None:
    with pytest.raises(BadSettings, match="known: none"):
        load_settings({"WISMO_UPS_API_KEY": "k"}, env_file=None)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("API_PER_SECOND", ("0.2", "5", "10.25"), ("0", "0.0", "-1", "fast", "1e3")),
        ("API_PER_DAY", ("1", "250"), ("0", "1.5", "many")),
    ],
)
def test_how_often_an_adapter_is_asked_is_a_number(name: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    for text in good:
        assert load(**{f"UPS_{name}": text}).adapter("ups")[name] == text
    for text in bad:
        assert "above zero" in faults(**{f"UPS_{name}": text})[0]


def test_an_adapters_address_is_checked() -> None:
    [fault] = faults(ups_api_url="example.com")
    assert fault.startswith("WISMO_UPS_API_URL: its value is not an http:// or https:// address")


# -- what is shown -----------------------------------------------------------------------------------------------------

SECRETS = {
    "database_url": "postgresql://wismo:s3cret@db.example/wismo",
    "heartbeat_url": "https://monitor.example/s3cret",
    "mail_url": "smtps://ana:s3cret@mail.example",
    "mail_from": "a@b.example",
    "ups_push_secrets": "s3cret,s3cret2",
    "ups_client_secret": "s3cret",
    "ups_api_url": "https://ana:s3cret@ups.example/v1?key=s3cret",
    "vtex_account": "shop",
    "vtex_app_key": "s3cret",
    "vtex_app_token": "s3cret",
    "vtex_hook_secret": "s3cret",
    "slack_bot_token": "s3cret",
    "slack_signing_secret": "s3cret",
    "slack_app_token": "s3cret",
}


def test_no_secret_shows() -> None:
    settings = load(**SECRETS)
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)
    assert "s3cret" not in repr(settings.mail_url)
    assert "s3cret" not in str(described(settings))


def test_no_fault_shows_a_secret_beside_it() -> None:
    secrets = SECRETS | {"vtex_app_key": "s3cret\nkey", "slack_bot_token": "s3cret\x00", "port": "x"}
    secrets |= {"database_url": "mysql://u:s3cret@h", "heartbeat_url": "s3cret", "mail_url": "imap://u:s3cret@h"}
    found = faults(**secrets)
    assert len(found) == 6
    assert "s3cret" not in "".join(found)


def test_every_setting_is_described_with_what_holds() -> None:
    lines = {line.name: line for line in described(load(**SECRETS, live="no", mail_only_to="b.example,a.example"))}
    shown = {name: line.value for name, line in lines.items()}
    assert set(FIELDS) <= set(lines)
    assert shown["WISMO_DATABASE_URL"] == "postgresql://…@db.example/wismo"
    assert shown["WISMO_HEARTBEAT_URL"] == "https://monitor.example/…"
    assert shown["WISMO_MAIL_URL"] == "smtps://ana:…@mail.example:465"
    assert shown["WISMO_UPS_PUSH_SECRETS"] == "(not shown, 14 characters)"
    assert shown["WISMO_UPS_API_URL"] == "https://…@ups.example/v1?…"
    assert shown["WISMO_VTEX_APP_KEY"] == "(not shown, 6 characters)"
    assert shown["WISMO_LIVE"] == "no"
    assert shown["WISMO_MAIL_ONLY_TO"] == "a.example,b.example"
    assert shown["WISMO_BACKUP_DIR"] == "backups"
    assert shown["WISMO_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert {name for name, line in lines.items() if line.is_secret} >= {"WISMO_VTEX_APP_KEY", "WISMO_UPS_CLIENT_SECRET"}


def test_a_mail_url_is_described_as_it_can_be_written() -> None:
    for text in ("file:mail", "smtp://[::1]:25?starttls=off", "smtp://mail.example:587?starttls=required"):
        assert str(load(mail_url=text, mail_from="a@b.example").mail_url) == text


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)), st.sampled_from(("/db", "", "?x=y", "?p=a@b")))
def test_a_masked_url_shows_no_password_however_badly_it_is_written(password: str, rest: str) -> None:
    secret = f"<<{password}>>"
    assert "<<" not in masked_url(f"postgresql://wismo:{secret}@db.example{rest}")


# -- the example file --------------------------------------------------------------------------------------------------


def test_the_example_file_changes_nothing_as_it_is() -> None:
    settings = load_settings({}, ROOT / ".env.example")
    assert not settings.sources


def test_the_example_file_names_every_setting_once_and_rightly(tmp_path: Path) -> None:
    lines = re.sub(r"(?m)^#(?=WISMO_)", "", (ROOT / ".env.example").read_text(encoding="utf-8"))
    named = re.findall(r"(?m)^(WISMO_\w+)=", lines)
    assert named == list(FIELDS)
    everything = tmp_path / "everything.env"
    everything.write_text(lines, encoding="utf-8")
    assert load_settings({}, everything).shop_name == "My Shop"
