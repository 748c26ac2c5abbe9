#include "base/histogram.h"

static const int64_t bounds[][HISTOGRAM_BUCKETS] = {
    [HISTOGRAM_MS] = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000},
    [HISTOGRAM_RECORDS] = {1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500},
    [HISTOGRAM_BYTES] = {1 << 10, 4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10,
                         1 << 20, 2 << 20, 3 << 20, 4 << 20},
};

int64_t histogram_bound(enum histogram_kind kind, size_t index)
{
    return bounds[kind][index];
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    value = value < 0 ? 0 : value;
    size_t bucket = 0;
    while (bucket < HISTOGRAM_BUCKETS && value > bounds[histogram->kind][bucket]) {
        bucket++;
    }
    histogram->counts[bucket]++;
    histogram->sum += value;
}
