"""Queries for product models."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import ProductModel


def model(session: Session, model_id: str) -> ProductModel | None:
    return session.get(ProductModel, model_id)


def model_by_code(session: Session, code: str) -> ProductModel | None:
    return session.scalars(select(ProductModel).where(ProductModel.code == code)).one_or_none()


@dataclass(frozen=True)
class ModelFilter:
    """Which models are wanted; None means no matter."""

    equipment_class: str | None = None
    archived: bool | None = False
    text: str | None = None


def models(session: Session, wanted: ModelFilter, page: PageRequest) -> Sequence[ProductModel]:
    """One row more than the page holds, sorted by code."""
    query = select(ProductModel)
    if wanted.equipment_class is not None:
        query = query.where(ProductModel.equipment_class == wanted.equipment_class)
    if wanted.archived is not None:
        query = query.where(ProductModel.archived_at.is_not(None) == wanted.archived)
    if wanted.text:
        query = query.where(
            or_(
                ProductModel.code.icontains(wanted.text, autoescape=True),
                ProductModel.name.icontains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        query = query.where(ProductModel.code > page.after[0])
    return session.scalars(query.order_by(ProductModel.code).limit(page.limit + 1)).all()
