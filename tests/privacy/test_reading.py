"""What a mail asks for: by table, English and German."""

import pytest

from contacts.privacy.enums import CaseKind
from contacts.privacy.reading import guess_language, read_request

R, A, C, L, STOP, M = (
    CaseKind.REMOVAL, CaseKind.ACCESS, CaseKind.RECTIFICATION, CaseKind.RESTRICTION,
    CaseKind.OBJECTION, CaseKind.COLLEAGUE,
)  # fmt: skip
CLEAR = [
    ("Please delete all my personal data.", R),
    ("Hi,\nplease remove me from your database.\nThanks", R),
    ("I want you to erase everything you hold about me.", R),
    ("Can you delete my account?", R),
    ("I invoke my right to be forgotten.", R),
    ("Under Art. 17 GDPR I request erasure of my data.", R),
    ("Bitte löschen Sie alle meine Daten.", R),
    ("hiermit verlange ich die Löschung meiner personenbezogenen Daten", R),
    ("Bitte entfernen Sie mich aus Ihrer Datenbank.", R),
    ("Ich mache von meinem Recht auf Vergessenwerden Gebrauch.", R),
    ("Stop writing to me and delete all my data.", R),
    ("Please stop the newsletter. And delete my data.", R),
    ("I have left the university. Please delete my data.", R),
    ("Ich bin im Ruhestand. Bitte löschen Sie meine Daten.", R),
    ("Please send me a copy of the data you have about me.", A),
    ("This is a subject access request.", A),
    ("Which data do you hold on me?", A),
    ("Bitte erteilen Sie mir Auskunft nach Art. 15 DSGVO.", A),
    ("Welche Daten haben Sie über mich gespeichert?", A),
    ("Please correct my name, it is Müller with ü.", C),
    ("My e-mail address is outdated, please update my address.", C),
    ("Delete my old address and use my new address x.", C),
    ("Mein Name ist falsch geschrieben.", C),
    ("Bitte ändern Sie meine Adresse.", C),
    ("I request the restriction of processing of my data.", L),
    ("Bitte schränken Sie die Verarbeitung meiner Daten ein.", L),
    ("Please unsubscribe me.", STOP),
    ("Remove my address from your mailing list.", STOP),
    ("Please do not write to me any more.", STOP),
    ("Remove me from the mailing list.", STOP),
    ("I do not want to receive any newsletters.", STOP),
    ("Please do not delete my account, but stop the newsletter.", STOP),
    ("Bitte senden Sie mir keine weiteren E-Mails.", STOP),
    ("Bitte nehmen Sie mich aus dem Verteiler.", STOP),
    ("Ich widerspreche der Nutzung meiner Daten.", STOP),
    ("My colleague Ola has left the institute. Please delete her data.", M),
    ("Frau Petersen arbeitet nicht mehr bei uns.", M),
    ("Herr Bauer ist ausgeschieden.", M),
    ("She no longer works here.", M),
]  # fmt: skip
UNCLEAR = [
    "Please do not delete my data.",
    "Please don't delete my account yet.",
    "Never delete my data!",
    "Bitte löschen Sie meine Daten nicht.",
    "Auf keinen Fall meine Daten löschen!",
    "Why have you deleted my data?",
    "My data was deleted already, was it?",
    "Meine Daten wurden gelöscht, warum?",
    "Delete my data if I do not pay.",
    "How can I delete my account?",
    "Bitte löschen Sie meine Daten erst im Mai.",
    "Send me a copy of my data. Then delete my data.",
    "Delete the data of John Smith.",
    "Please remove.",
    "Remove me.",
    "What is your opening time?",
    "",
    "👍",
    "We are happy that you did not remove our account.",
    "Delete my data and remove my address from the mailing list.",
    "Delete her data.",
    "My colleague left the institute. Also send me a copy of my data.",
]


@pytest.mark.parametrize(("text", "kind"), CLEAR)
def test_clear_requests(text: str, kind: str) -> None:
    reading = read_request("", text)
    assert reading.kind == kind, reading
    assert read_request("Your data", text).kind == kind


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_a_person_must_read(text: str) -> None:
    reading = read_request("", text)
    assert reading.kind == CaseKind.UNCLEAR, reading


@pytest.mark.parametrize("text", ["Please do not delete my data.", "Bitte löschen Sie meine Daten nicht",
                                  "Which data do you hold about me?", "Ola has left us."])  # fmt: skip
def test_nothing_stops_that_nobody_asked_to_stop(text: str) -> None:
    assert not read_request("", text).stops


@pytest.mark.parametrize("text", ["Delete my data", "Bitte keine Mails mehr", "Unsubscribe",
                                  "Send me a copy of my data. Then delete my data."])  # fmt: skip
def test_optional_mail_stops_even_before_a_person_has_read_it(text: str) -> None:
    assert read_request("", text).stops


def test_the_subject_alone_may_ask() -> None:
    assert read_request("Unsubscribe", "").kind == STOP
    assert read_request("AW: Re: Bitte löschen Sie meine Daten", "Danke").kind == R


@pytest.mark.parametrize(("text", "language"), [
    ("Bitte löschen Sie meine Daten", "de"), ("Please delete my data", "en-gb"), ("x", ""),
    ("", ""),
])  # fmt: skip
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language
