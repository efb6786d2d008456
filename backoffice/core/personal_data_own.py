"""The map of the kernel's own models and of third-party tables."""

from backoffice.core.personal_data import Personal, declare

ACCOUNT = Personal(
    "account",
    "sign-in to the back-office or to /my/",
    "6(1)(b)",
    "account_end",
    "pseudonym",
    "user",
)
ACCOUNT_TEXT = Personal(
    "account", "sign-in to the back-office or to /my/", "6(1)(b)", "account_end", "blank", "user"
)
SIGN_IN_TRACE = Personal(
    "technical", "protection of accounts", "6(1)(f)", "session_end", "delete_row", "user"
)
# Would open an account: erased, never handed out.
SIGN_IN_SECRET = Personal(
    "technical", "protection of accounts", "6(1)(f)", "session_end", "delete_row", "user", False
)
ADMIN_LOG = Personal(
    "technical", "who changed what in the admin", "6(1)(f)", "admin_log", "blank", "contact", False
)


def declare_kernel() -> None:
    declare(
        "core.User",
        personal={"email": ACCOUNT, "name": ACCOUNT_TEXT},
        none=["password", "language"],
    )
    declare("core.AuditStream", none=["name", "head"])
    declare(
        "core.AuditEvent",
        none=["stream", "actor", "action", "subject", "facts", "previous", "digest"],
    )
    declare("core.AuditAnchor", none=["heads", "digest"])
    declare("core.NumberSeries", none=["key"])
    declare(
        "core.Issuer",
        none=[
            "legal_name",
            "short_name",
            "street",
            "post_code",
            "city",
            "state_code",
            "country",
            "register_entry",
            "tax_number",
            "vat_id",
            "email",
            "billing_email",
            "privacy_email",
            "phone",
            "website",
            "privacy_notice_url",
            "currency",
        ],
    )
    declare(
        "core.BankAccount",
        none=["label", "holder", "iban", "bic", "account_number", "routing_number", "currency"],
    )
    declare(
        "core.StoredDocument",
        none=["kind", "subject", "media_type", "path", "sha256"],
        personal={
            "file_name": Personal(
                "technical",
                "name of a stored file",
                "6(1)(f)",
                "document_end",
                "blank",
                "contact",
                False,
            )
        },
    )
    declare("core.JobRun", none=["name", "arguments", "error", "worker"])
    declare("core.WorkerHeartbeat", none=["worker"])
    declare("core.ScheduleMark", none=["name"])
    declare(
        "core.SavedView",
        none=["model", "name", "columns"],
        personal={
            "query": Personal(
                "technical",
                "a list filter kept by staff",
                "6(1)(f)",
                "admin_log",
                "blank",
                "contact",
                False,
            )
        },
    )
    declare("core.FieldHelp", none=["model", "field", "language", "text"])


def declare_third_party() -> None:
    declare(
        "admin.LogEntry",
        none=["object_id"],
        personal={"object_repr": ADMIN_LOG, "change_message": ADMIN_LOG},
    )
    declare("auth.Group", none=["name"])
    declare("auth.Permission", none=["name", "codename"])
    declare("contenttypes.ContentType", none=["app_label", "model"])
    declare("sessions.Session", none=["session_key"], personal={"session_data": SIGN_IN_SECRET})
    declare("account.EmailAddress", personal={"email": ACCOUNT})
    declare("account.EmailConfirmation", none=["key"])
    declare("mfa.Authenticator", none=["type"], personal={"data": SIGN_IN_SECRET})
    declare(
        "usersessions.UserSession",
        none=["session_key"],
        personal={"ip": SIGN_IN_TRACE, "user_agent": SIGN_IN_TRACE, "data": SIGN_IN_SECRET},
    )
    declare(
        "socialaccount.SocialApp",
        none=["provider", "provider_id", "name", "client_id", "secret", "key", "settings"],
    )
    declare(
        "socialaccount.SocialAccount",
        none=["provider"],
        personal={"uid": ACCOUNT_TEXT, "extra_data": SIGN_IN_TRACE},
    )
    declare(
        "socialaccount.SocialToken",
        personal={"token": SIGN_IN_SECRET, "token_secret": SIGN_IN_SECRET},
    )
    declare(
        "django_tasks_database.DBTaskResult",
        none=[
            "status",
            "args_kwargs",
            "task_path",
            "worker_ids",
            "queue_name",
            "backend_name",
            "return_value",
            "exception_class_path",
            "traceback",
        ],
    )
