"""Public addresses of the roll; included below /apply/ and /duty/."""

from django.urls import path

from contacts.views import apply, confirm, duty

apply_patterns = [
    path("", apply.apply, name="apply"),
    path("thanks/", apply.thanks, name="apply_thanks"),
    path("sign/<str:token>/", apply.sign, name="apply_sign"),
    path("<str:token>/", apply.own_page, name="apply_own"),
]

duty_patterns = [
    path("hand-over/<str:token>/", duty.hand_over, name="duty_hand_over"),
    path("confirm/<str:token>/", confirm.confirm_contacts, name="duty_confirm"),
]
