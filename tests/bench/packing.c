/* What Firehose bills with and without packing: tests/bench/packing says more. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "sink/pack.h"
#include "sink/window.h"

enum { PAGES = 2000, PAGE_LINES = 1000, PAGE_BYTES = 1024 * 1024 };

struct kind {
    const char *name;
    double median; /* bytes of a line */
    double spread; /* of the logarithm; 0: all alike */
    uint32_t page_lines; /* changes that come at once */
};

struct bill {
    uint64_t lines, bytes, records, unpacked, filled, packed;
    double seconds;
};

static double unit(struct random *random)
{
    return ((double)random_below(random, UINT32_MAX) + 1) / ((double)UINT32_MAX + 1);
}

/* Log-normal, by Box and Muller. */
static uint32_t line_length(struct random *random, const struct kind *kind)
{
    double normal = sqrt(-2 * log(unit(random))) * cos(2 * 3.14159265358979 * unit(random));
    double length = kind->median * exp(kind->spread * normal);
    return length < 100 ? 100 : length > 400000 ? 400000 : (uint32_t)length;
}

static uint32_t fill_page(struct random *random, const struct kind *kind, struct parcel_line *lines)
{
    uint32_t count = 0;
    uint32_t offset = 0;
    while (count < kind->page_lines && offset < PAGE_BYTES) {
        lines[count] = (struct parcel_line){.offset = offset, .length = line_length(random, kind)};
        offset += lines[count++].length;
    }
    return count;
}

static uint64_t bill_of(struct parcel *parcel, size_t step, uint64_t *ret_records)
{
    static struct batch_record records[FIREHOSE_RECORDS];
    struct batch_limits limits = window_batch_limits("orders", PACK_BYTES_DEFAULT);
    limits.step_bytes = step;
    uint64_t billed = 0;
    *ret_records = 0;
    parcel->taken = 0;
    while (parcel->taken < parcel->count) {
        uint32_t count = batch_fill(&limits, parcel, records);
        *ret_records += count;
        for (uint32_t i = 0; i < count; i++) {
            billed += pack_billed_bytes(records[i].bytes, PACK_STEP_BYTES);
        }
    }
    return billed;
}

static double seconds_now(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 ? (double)now.tv_sec + (double)now.tv_nsec / 1e9
                                                              : 0;
}

static struct bill bill_kind(const struct kind *kind, uint64_t seed)
{
    static struct parcel_line lines[PAGE_LINES];
    struct bill bill = {.lines = 0};
    struct random random;
    random_init(&random, seed);
    for (uint32_t page = 0; page < PAGES; page++) {
        struct parcel parcel = {.lines = lines, .count = fill_page(&random, kind, lines)};
        uint64_t records;
        bill.filled += bill_of(&parcel, 0, &records);
        double begun = seconds_now();
        bill.packed += bill_of(&parcel, PACK_STEP_BYTES, &records);
        bill.seconds += seconds_now() - begun;
        bill.records += records;
        bill.lines += parcel.count;
        for (uint32_t i = 0; i < parcel.count; i++) {
            bill.bytes += lines[i].length;
            bill.unpacked += pack_billed_bytes(lines[i].length, PACK_STEP_BYTES);
        }
    }
    return bill;
}

int main(int argc, char **argv)
{
    static const struct kind kinds[] = {
        {"300 B, full pages", 300, 0, PAGE_LINES},
        {"700 B, full pages", 700, 0, PAGE_LINES},
        {"about 700 B, full pages", 700, 0.5, PAGE_LINES},
        {"about 700 B, 20 at once", 700, 0.5, 20},
        {"about 700 B, 3 at once", 700, 0.5, 3},
        {"about 3 KB, full pages", 3000, 0.8, PAGE_LINES},
        {"about 20 KB, full pages", 20000, 0.8, PAGE_LINES},
    };
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    printf("billed bytes by the byte of lines (seed %" PRIu64 ")\n%-26s%10s%10s%10s%10s%14s%10s\n", seed,
           "lines", "unpacked", "filled", "packed", "saved", "lines/record", "ns/line");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct bill bill = bill_kind(&kinds[i], seed);
        double bytes = (double)bill.bytes;
        printf("%-26s%10.3f%10.3f%10.3f%9.1f%%%14.1f%10.1f\n", kinds[i].name, (double)bill.unpacked / bytes,
               (double)bill.filled / bytes, (double)bill.packed / bytes,
               100 * (1 - (double)bill.packed / (double)bill.unpacked),
               (double)bill.lines / (double)bill.records, bill.seconds / (double)bill.lines * 1e9);
    }
    return 0;
}
