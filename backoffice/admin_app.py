from django.contrib.admin.apps import AdminConfig


class RollcallAdminConfig(AdminConfig):
    default_site = "backoffice.admin_site.RollcallSite"
