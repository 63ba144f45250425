"""Signing in with an identity provider: citizens by DigiD, eIDAS or Yivi, staff by their organisation's account.

OpenID Connect, authorization code flow, by the NL GOV assurance profile: PKCE with S256, a state and a nonce of 256
bits, `private_key_jwt`, a signed ID token, and the level of assurance that was asked for checked in the answer.
django-allauth drives the flow; what is here makes it strict, and lets nothing of the answer be stored.
"""
