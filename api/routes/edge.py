"""The gateways' own two calls: enrolling with a token, and checking in with a signature."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request, Response

from api import auth
from api.deps import Db
from api.routes.session import Limits
from api.routing import ApiRouter
from api.schemas.gateways_enrolment import BrokerView, EnrolmentIn, EnrolmentView
from kernel.errors import InvalidInput
from registry.gateways import check_in as checking_in
from registry.gateways import enrolment

router = ApiRouter(prefix="/edge", tags=["edge"])

MEDIA_TYPE = "application/vnd.forewarn.envelope"
BODY_SECONDS_MAX = 10.0


@router.post("/enrolments", status_code=201)
def enrol_gateway(
    body: EnrolmentIn, request: Request, session: Db, limits: Limits
) -> EnrolmentView:
    """Turn a machine into a gateway with a one-time token; again with the same claim, the same answer."""
    address = auth.client_address(request)
    limits.attempt("enrol", address, body.token)
    enrolled = enrolment.enrol(session, body.token, body.claim, address)
    return EnrolmentView(
        gateway_id=enrolled.gateway_id,
        name=enrolled.name,
        key=enrolled.key.hex(),
        key_version=enrolled.key_version,
        broker=BrokerView(
            url=enrolled.broker_url, ca=enrolled.broker_ca, own_login=enrolled.own_login
        ),
        check_in_seconds=enrolled.check_in_seconds,
    )


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await request.body()
    except TimeoutError:
        raise InvalidInput(f"the message did not arrive within {BODY_SECONDS_MAX:.0f} s") from None


@router.post(
    "/check-ins",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "Signed orders"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def check_in(data: Annotated[bytes, Depends(_body)], session: Db) -> Response:
    """Take what a gateway says of itself and answer what it is to do, both signed envelopes."""
    # The message comes first: whoever sends it slowly must not hold a database connection meanwhile.
    return Response(checking_in.check_in(session, data), media_type=MEDIA_TYPE)
