-- The shop's own database: six business systems, applied at every start. Money is integer cents of the shop's currency.
-- `extra` keeps what a loaded file says beyond these columns, so that a dump gives back what was loaded.
-- `json`, not `jsonb`, where the order of keys is the order that a customer sees.

CREATE TABLE IF NOT EXISTS shop (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    currency text NOT NULL,
    source text NOT NULL CHECK (source IN ('demo', 'loaded')),
    base_at timestamptz NOT NULL
);

-- platform: who buys, what is sold -------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS customers (
    id text PRIMARY KEY,
    email text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    address json NOT NULL,
    tier text NOT NULL CHECK (tier IN ('standard', 'premium', 'enterprise')),
    order_ids text[] NOT NULL,  -- the profile's own list, in its own order
    name_extra json NOT NULL DEFAULT '{}',
    extra json NOT NULL DEFAULT '{}'
);
-- Not unique: two customers may share an address, which then identifies neither of them.
CREATE INDEX IF NOT EXISTS customers_by_email ON customers (lower(email));

CREATE TABLE IF NOT EXISTS subscriptions (
    customer_id text PRIMARY KEY REFERENCES customers ON DELETE CASCADE,
    plan text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    renews_on date NOT NULL,
    cancelled_at timestamptz
);

CREATE TABLE IF NOT EXISTS products (
    id text PRIMARY KEY,
    name text NOT NULL,
    department text NOT NULL,
    extra json NOT NULL DEFAULT '{}'
);

CREATE TABLE IF NOT EXISTS variants (
    id text PRIMARY KEY,
    product_id text NOT NULL REFERENCES products ON DELETE CASCADE,
    place integer NOT NULL,
    options json NOT NULL,
    available boolean NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    extra json NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS variants_by_product ON variants (product_id, place);

-- orders ---------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    placed_at timestamptz NOT NULL,
    status text NOT NULL,
    fulfilment text NOT NULL CHECK (fulfilment IN ('platform_owned', 'brand_consignment', 'transfer')),
    partner text CHECK (partner IS NOT NULL OR fulfilment = 'platform_owned'),
    address json NOT NULL,
    note text NOT NULL,
    extra json NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer_id, placed_at DESC);

CREATE TABLE IF NOT EXISTS order_items (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    line integer NOT NULL,
    item_id text NOT NULL,
    product_id text NOT NULL,
    name text NOT NULL,
    options json NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    state text NOT NULL CHECK (state IN ('new', 'opened', 'used', 'damaged')),
    extra json NOT NULL DEFAULT '{}',
    PRIMARY KEY (order_id, line)
);

-- logistics ------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS parcels (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    n integer NOT NULL,
    tracking_ids text[] NOT NULL,
    lines integer[] NOT NULL,
    carrier text NOT NULL,
    status text NOT NULL,
    expected_on date,
    delivered_at timestamptz,
    extra json NOT NULL DEFAULT '{}',
    PRIMARY KEY (order_id, n)
);

CREATE TABLE IF NOT EXISTS scans (
    order_id text NOT NULL,
    n integer NOT NULL,
    at timestamptz NOT NULL,
    place text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (order_id, n, at),
    FOREIGN KEY (order_id, n) REFERENCES parcels ON DELETE CASCADE
);

-- finance --------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS payment_methods (
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    id text NOT NULL,
    place integer NOT NULL,
    source text NOT NULL,
    brand text,
    last_four text,
    balance_cents integer CHECK (balance_cents >= 0),
    extra json NOT NULL DEFAULT '{}',
    PRIMARY KEY (customer_id, id)
);

CREATE TABLE IF NOT EXISTS payments (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    n integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
    amount_cents integer NOT NULL CHECK (amount_cents >= 0),
    method_id text NOT NULL,
    at timestamptz NOT NULL,
    reference text NOT NULL UNIQUE,
    extra json NOT NULL DEFAULT '{}',
    PRIMARY KEY (order_id, n)
);

CREATE TABLE IF NOT EXISTS invoices (
    id text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    order_id text REFERENCES orders ON DELETE CASCADE,
    amount_cents integer NOT NULL CHECK (amount_cents >= 0),
    issued_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS invoices_by_customer ON invoices (customer_id, issued_at DESC);

-- tickets --------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS tickets (
    id text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    order_id text REFERENCES orders ON DELETE CASCADE,
    subject text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'waiting', 'solved')),
    opened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS tickets_by_customer ON tickets (customer_id, opened_at DESC);

-- risk -----------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS risk_flags (
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    kind text NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, kind)
);

-- writes ---------------------------------------------------------------------------------------------------------

ALTER TABLE orders ADD COLUMN IF NOT EXISTS stopped_at timestamptz;
ALTER TABLE payments ADD COLUMN IF NOT EXISTS lines integer[] NOT NULL DEFAULT '{}';
ALTER TABLE payments ADD COLUMN IF NOT EXISTS key uuid;
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'question';
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS body text NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS amount_cents integer;
ALTER TABLE customers ADD COLUMN IF NOT EXISTS phone text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN IF NOT EXISTS closed_at timestamptz;
ALTER TABLE variants ADD COLUMN IF NOT EXISTS stock integer NOT NULL DEFAULT 20 CHECK (stock >= 0);

-- Goods that come back, or that go out again for them.
CREATE TABLE IF NOT EXISTS returns (
    reference text PRIMARY KEY,
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('return', 'exchange', 'replacement')),
    lines integer[] NOT NULL,
    new_items text[] NOT NULL DEFAULT '{}',
    method_id text,
    at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS credits (
    reference text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    order_id text REFERENCES orders ON DELETE CASCADE,
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    reason text NOT NULL,
    at timestamptz NOT NULL
);

-- What was sent to customers by e-mail and text; the demo delivers nothing.
CREATE TABLE IF NOT EXISTS notices (
    reference text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers ON DELETE CASCADE,
    order_id text REFERENCES orders ON DELETE CASCADE,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    sent_to text NOT NULL,
    at timestamptz NOT NULL
);

ALTER TABLE notices ADD COLUMN IF NOT EXISTS body text NOT NULL DEFAULT '';
CREATE INDEX IF NOT EXISTS notices_by_customer ON notices (customer_id, at DESC);

-- One row for each change that was asked for under a key, written with the change itself.
CREATE TABLE IF NOT EXISTS effects (
    key uuid PRIMARY KEY,
    n bigint GENERATED ALWAYS AS IDENTITY,
    endpoint text NOT NULL,
    digest text NOT NULL,
    order_id text,
    amount_cents integer,
    answer json,
    at timestamptz NOT NULL
);

-- What the brand was paid in advance and has given back.
CREATE TABLE IF NOT EXISTS claw_backs (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    line integer NOT NULL,
    amount_cents integer NOT NULL CHECK (amount_cents >= 0),
    reference text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, line)
);
