"""What a rollup says of readings, as functions that every store computes it with."""

from alembic import op

revision = "0013r"
down_revision = "0012t"
branch_labels = None
depends_on = None

# A reading counts in an aggregate when it is not Bad and has a number. Beyond 1e200 there is no quantity a
# sensor could mean, and sums of such numbers leave the range of a double, which ends a statement.
_USABLE = """
CREATE FUNCTION telemetry.usable(value float8, quality int4) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN quality >= 0 AND abs(value) <= 1e200 THEN value END
"""
# A whole number of µs since 1970; a double is exact up to the year 2255.
_MICROS = """
CREATE FUNCTION telemetry.micros(ts timestamptz) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(date_part('epoch', ts - TIMESTAMPTZ '1970-01-01 00:00:00+00') * 1000000)
"""
# What readings held: the value of each until the next one. Result: begun and ended (µs of the first and the
# last reading), the integral of the value between them (value x µs), for how many µs of that a value was
# known, the value held at the end (NULL after a reading without one), and the first and the last value.
_OF_READINGS = """
CREATE FUNCTION telemetry.hold(at float8[], value float8[]) RETURNS float8[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    size int := cardinality(at);
    integral float8 := 0;
    known float8 := 0;
    lasted float8;
    first float8 := value[1];
    last float8 := value[1];
BEGIN
    FOR i IN 2 .. size LOOP
        IF value[i - 1] IS NOT NULL THEN
            lasted := at[i] - at[i - 1];
            integral := integral + value[i - 1] * lasted;
            known := known + lasted;
        END IF;
        IF value[i] IS NOT NULL THEN
            last := value[i];
            first := coalesce(first, last);
        END IF;
    END LOOP;
    RETURN ARRAY[at[1], at[size], integral, known, value[size], first, last];
END
$$
"""
# The same of spans that follow one another, each with what the function above returns of its readings.
_OF_SPANS = """
CREATE FUNCTION telemetry.hold(spans float8[]) RETURNS float8[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    span float8[];
    begun float8;
    ended float8;
    integral float8 := 0;
    known float8 := 0;
    held float8;
    first float8;
    last float8;
BEGIN
    FOREACH span SLICE 1 IN ARRAY spans LOOP
        begun := coalesce(begun, span[1]);
        IF held IS NOT NULL THEN
            integral := integral + held * (span[1] - ended);
            known := known + (span[1] - ended);
        END IF;
        integral := integral + span[3];
        known := known + span[4];
        ended := span[2];
        held := span[5];
        first := coalesce(first, span[6]);
        last := coalesce(span[7], last);
    END LOOP;
    RETURN ARRAY[begun, ended, integral, known, held, first, last];
END
$$
"""


def upgrade() -> None:
    for function in (_USABLE, _MICROS, _OF_READINGS, _OF_SPANS):
        op.execute(function)


def downgrade() -> None:
    op.execute("DROP FUNCTION telemetry.hold(float8[])")
    op.execute("DROP FUNCTION telemetry.hold(float8[], float8[])")
    op.execute("DROP FUNCTION telemetry.micros(timestamptz)")
    op.execute("DROP FUNCTION telemetry.usable(float8, int4)")
