#include "worker/cost/cost_prices.h"

#include <stdio.h>
#include <stdlib.h>

#include "worker/setting.h"

enum { DECIMAL_BYTES = 32, NAMES_BYTES = 256 };

static const double PRICE_MOST = 1e9;

static const struct {
    const char *name;
    double value;
    const char *meaning;
} table[COST_PRICE_COUNT] = {
    [COST_FIREHOSE_GB] = {"firehose_gb", 0.029, "$ a GB into Firehose, up to 500 TB a month"},
    [COST_FIREHOSE_GB_500TB] = {"firehose_gb_500tb", 0.025, "$ for each of the next 1.5 PB"},
    [COST_FIREHOSE_GB_2PB] = {"firehose_gb_2pb", 0.020, "$ above that"},
    [COST_STREAMS_READS_100K] = {"streams_reads_100k", 0.02, "$ for 100,000 GetRecords calls"},
    [COST_STREAMS_READS_FREE] = {"streams_reads_free", 2500000, "GetRecords calls a month that are free"},
    [COST_WRITE_MILLION] = {"write_million", 0.625, "$ a million write units of DynamoDB, on demand"},
    [COST_READ_MILLION] = {"read_million", 0.125, "$ a million read units"},
};

const char *cost_price_name(enum cost_price price)
{
    return table[price].name;
}

const char *cost_price_meaning(enum cost_price price)
{
    return table[price].meaning;
}

void cost_prices_init(struct cost_prices *prices)
{
    for (size_t i = 0; i < COST_PRICE_COUNT; i++) {
        prices->at[i] = table[i].value;
    }
}

bool cost_parse_decimal(struct slice text, double most, double *ret_value)
{
    char copy[DECIMAL_BYTES];
    size_t digits = 0;
    size_t points = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool digit = text.at[i] >= '0' && text.at[i] <= '9';
        digits += digit;
        points += text.at[i] == '.';
        if (!digit && text.at[i] != '.') {
            return false;
        }
    }
    if (digits == 0 || points > 1 || !slice_copy_text(text, copy, sizeof copy)) {
        return false;
    }
    double value = strtod(copy, NULL);
    if (value > most) {
        return false;
    }
    *ret_value = value;
    return true;
}

static struct status refuse(struct slice part)
{
    char names[NAMES_BYTES] = "";
    char quoted[SETTING_QUOTE_BYTES];
    size_t used = 0;
    for (size_t i = 0; i < COST_PRICE_COUNT && used < sizeof names; i++) {
        used +=
            (size_t)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ", table[i].name);
    }
    setting_quote(part, quoted);
    return status_make(STATUS_INVALID, "--price: '%s' is not allowed; give NAME=NUMBER with one of %s",
                       quoted, names);
}

static struct status set_one(struct cost_prices *prices, struct slice part)
{
    size_t equals = 0;
    while (equals < part.length && part.at[equals] != '=') {
        equals++;
    }
    struct slice name = slice_of(part.at, equals);
    for (size_t i = 0; i < COST_PRICE_COUNT && equals < part.length; i++) {
        struct slice number = slice_of(part.at + equals + 1, part.length - equals - 1);
        if (slice_equals_text(name, table[i].name) &&
            cost_parse_decimal(number, PRICE_MOST, &prices->at[i])) {
            return status_ok();
        }
    }
    return refuse(part);
}

struct status cost_prices_set(struct cost_prices *prices, struct slice text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.length; i++) {
        if (i == text.length || text.at[i] == ',') {
            TRY(set_one(prices, slice_of(text.at + start, i - start)));
            start = i + 1;
        }
    }
    return status_ok();
}
