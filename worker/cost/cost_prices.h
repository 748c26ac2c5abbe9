/* The prices that `penstock cost` multiplies with: names, dated defaults, and what a user set instead. Names, values and
 * units are those of deploy/databricks/costs.py; a test holds the two together. */
#ifndef PENSTOCK_WORKER_COST_COST_PRICES_H
#define PENSTOCK_WORKER_COST_COST_PRICES_H

#include "base/bytes.h"

#define COST_PRICES_OF "us-east-1, list prices in US dollars as of 2025"

enum cost_price {
    COST_FIREHOSE_GB,
    COST_FIREHOSE_GB_500TB,
    COST_FIREHOSE_GB_2PB,
    COST_STREAMS_READS_100K,
    COST_STREAMS_READS_FREE,
    COST_WRITE_MILLION,
    COST_READ_MILLION,
    COST_PRICE_COUNT
};

struct cost_prices {
    double at[COST_PRICE_COUNT];
};

/* "firehose_gb" and "a GB into Firehose, up to 500 TB a month". */
const char *cost_price_name(enum cost_price price);
const char *cost_price_meaning(enum cost_price price);

void cost_prices_init(struct cost_prices *prices);

/* "firehose_gb=0.031,read_million=0.14". STATUS_INVALID names the part that is wrong and what is known. */
struct status cost_prices_set(struct cost_prices *prices, struct slice text) MUST_USE;

/* Decimal digits with or without a point: "12", "0.5", up to `most`. */
bool cost_parse_decimal(struct slice text, double most, double *ret_value) MUST_USE;

#endif
