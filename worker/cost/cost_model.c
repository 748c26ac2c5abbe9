#include "worker/cost/cost_model.h"

#include <math.h>

#include "lease/lease_cost.h"
#include "sink/pack.h"

enum { WAITS_MOST = 64, HALVINGS = 60 };

static const double PAGE_RECORDS = 1000;
static const double SECOND_MS = 1000;
static const double STEP_BYTES = PACK_STEP_BYTES;
static const double MONTH_SECONDS = COST_SECONDS;
static const double MONTH_HOURS = COST_HOURS;
static const double GB = 1024.0 * 1024 * 1024;

static double rounded_up(double bytes)
{
    return ceil(bytes / STEP_BYTES) * STEP_BYTES;
}

/* Lines of one length, and the record of them that wastes least. */
struct packing {
    double line_bytes;
    int64_t most; /* lines of a record */
    int64_t best;
};

static struct packing packing_of(int64_t line_bytes, int64_t pack_bytes)
{
    struct packing packing = {.line_bytes = (double)line_bytes, .most = pack_bytes / line_bytes, .best = 1};
    packing.most = packing.most < 1 ? 1 : packing.most;
    double part = 0;
    for (int64_t count = 1; count <= packing.most; count++) {
        double bytes = (double)count * packing.line_bytes;
        if (bytes / rounded_up(bytes) >= part) {
            part = bytes / rounded_up(bytes);
            packing.best = count;
        }
    }
    return packing;
}

/* Bytes that Firehose bills for so many lines of one page: the best record as long as more than one is left. */
static double billed(const struct packing *packing, int64_t lines)
{
    double bytes = 0;
    if (lines > packing->most) {
        int64_t full = (lines - packing->most - 1) / packing->best + 1;
        bytes = (double)full * rounded_up((double)packing->best * packing->line_bytes);
        lines -= full * packing->best;
    }
    return bytes + rounded_up((double)lines * packing->line_bytes);
}

/* What a page brings on average when `mean` changes come between two reads. */
static double billed_page(const struct packing *packing, double mean)
{
    double spread = 7 * sqrt(mean) + 12; /* beyond: less than one in a billion */
    int64_t first = mean > spread ? (int64_t)(mean - spread) : 0;
    int64_t last = (int64_t)(mean + spread);
    double bytes = 0;
    int sign; /* of a factorial: no news */
    for (int64_t count = first > 0 ? first : 1; count <= last; count++) {
        double chance = exp((double)count * log(mean) - mean - lgamma_r((double)count + 1, &sign));
        bytes += chance * billed(packing, count);
    }
    return bytes;
}

/* Of one shard, a second. */
struct reading {
    double calls;
    double billed_bytes;
};

/* The waits from one read to the next after records, and after each empty page; the last one repeats. */
static size_t list_waits(double poll_s, double idle_s, double *waits)
{
    size_t count = 2;
    waits[0] = waits[1] = poll_s;
    while (waits[count - 1] < idle_s && count < WAITS_MOST) {
        double next = waits[count - 1] * 1.5 + 0.001;
        waits[count++] = next < idle_s ? next : idle_s;
    }
    return count;
}

static struct reading read_shard(double rate, double poll_s, double idle_s, const struct packing *packing)
{
    double waits[WAITS_MOST];
    size_t count = list_waits(poll_s, idle_s, waits);
    double calls = 0;
    double seconds = 0;
    double bytes = 0;
    double reached = 1;
    for (size_t i = 0; i < count; i++) {
        double empty = exp(-rate * waits[i]);
        double times = i == count - 1 ? reached / -expm1(-rate * waits[i]) : reached;
        calls += times;
        seconds += times * waits[i];
        bytes += packing == NULL ? 0 : times * billed_page(packing, rate * waits[i]);
        reached *= empty;
    }
    struct reading reading = {.calls = calls / seconds, .billed_bytes = bytes / seconds};
    if (reading.calls < rate / PAGE_RECORDS) {
        reading.calls = rate / PAGE_RECORDS; /* a page holds no more */
    }
    return reading;
}

/* By what all waits are to be multiplied so that a shard makes `allowed` calls a second. */
static double stretch_of(double rate, double poll_s, double idle_s, double allowed)
{
    double low = 1;
    double high = 2;
    while (read_shard(rate, poll_s * high, idle_s * high, NULL).calls > allowed && high < 1e9) {
        high *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (read_shard(rate, poll_s * middle, idle_s * middle, NULL).calls > allowed) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

static double calls_dollars(double calls, const struct cost_prices *prices)
{
    double paid = calls - prices->at[COST_STREAMS_READS_FREE];
    return (paid > 0 ? paid : 0) / 1e5 * prices->at[COST_STREAMS_READS_100K];
}

static double firehose_dollars(double gigabytes, const struct cost_prices *prices)
{
    static const struct {
        double width;
        enum cost_price price;
    } tiers[] = {{500.0 * 1024, COST_FIREHOSE_GB},
                 {1536.0 * 1024, COST_FIREHOSE_GB_500TB},
                 {INFINITY, COST_FIREHOSE_GB_2PB}};
    double dollars = 0;
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0] && gigabytes > 0; i++) {
        double part = gigabytes < tiers[i].width ? gigabytes : tiers[i].width;
        dollars += part * prices->at[tiers[i].price];
        gigabytes -= part;
    }
    return dollars;
}

static void estimate_stream(const struct cost_input *input, struct cost_estimate *estimate)
{
    double shards = (double)input->shards;
    double rate = input->changes_per_second / shards;
    double poll_s = (double)input->poll_ms / SECOND_MS;
    double idle_s = (double)input->poll_idle_ms / SECOND_MS;
    struct packing packed = packing_of(input->line_bytes, input->pack_bytes);
    struct packing single = packing_of(input->line_bytes, 0);
    struct reading reading = read_shard(rate, poll_s, idle_s, &packed);
    double allowed = (double)(input->poll_budget * input->workers) / shards;
    estimate->calls_unlimited = reading.calls * shards * MONTH_SECONDS;
    estimate->keeps_up = input->poll_budget == 0 || rate / PAGE_RECORDS <= allowed;
    if (input->poll_budget > 0 && reading.calls > allowed && estimate->keeps_up) {
        double stretch = stretch_of(rate, poll_s, idle_s, allowed);
        reading = read_shard(rate, poll_s * stretch, idle_s * stretch, &packed);
    } else if (!estimate->keeps_up) {
        reading.calls = allowed;
    }
    estimate->calls = reading.calls * shards * MONTH_SECONDS;
    estimate->firehose_gb = reading.billed_bytes * shards * MONTH_SECONDS / GB;
    estimate->firehose_gb_unpacked = input->changes_per_second * billed(&single, 1) * MONTH_SECONDS / GB;
}

static void estimate_leases(const struct cost_input *input, struct cost_estimate *estimate)
{
    const struct lease_cost_input leases = {
        .workers = (size_t)input->workers,
        .leases = (size_t)input->shards,
        .rows = (size_t)input->rows,
        .row_bytes = (size_t)input->row_bytes,
        .shards = (size_t)input->rows,
        .failover_ms = input->failover_ms,
    };
    struct lease_cost cost = lease_cost_per_hour(&leases);
    estimate->write_units = cost.write_units * MONTH_HOURS;
    estimate->read_units = cost.read_units * MONTH_HOURS;
}

void cost_estimate_make(const struct cost_input *input, const struct cost_prices *prices,
                        struct cost_estimate *ret_estimate)
{
    struct cost_estimate estimate = {.keeps_up = true};
    estimate_stream(input, &estimate);
    estimate_leases(input, &estimate);
    estimate.calls_dollars = calls_dollars(estimate.calls, prices);
    estimate.calls_unlimited_dollars = calls_dollars(estimate.calls_unlimited, prices);
    estimate.firehose_dollars = firehose_dollars(estimate.firehose_gb, prices);
    estimate.firehose_unpacked_dollars = firehose_dollars(estimate.firehose_gb_unpacked, prices);
    estimate.write_dollars = estimate.write_units / 1e6 * prices->at[COST_WRITE_MILLION];
    estimate.read_dollars = estimate.read_units / 1e6 * prices->at[COST_READ_MILLION];
    estimate.total_dollars =
        estimate.calls_dollars + estimate.firehose_dollars + estimate.write_dollars + estimate.read_dollars;
    *ret_estimate = estimate;
}
