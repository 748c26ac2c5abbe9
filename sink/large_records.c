#include "sink/large_records.h"

#include <stdio.h>

#include "sink/letter_facts.h"

enum { NAME_BYTES = 192 };

struct status large_records_store(const struct large_records *records, const char *shard, struct slice line,
                                  struct stop *cancel)
{
    struct letter_facts facts = letter_facts_of(line);
    char number[LETTER_SEQUENCE_BYTES];
    char name[NAME_BYTES];
    TRY(letter_facts_name(&facts, line, number));
    (void)snprintf(name, sizeof name, "penstock-large-%.100s-%s", shard, number);
    const struct s3_landed landed = {
        .wall_ms = facts.event_ts_ms > 0 ? facts.event_ts_ms : clock_wall_ms(records->clock),
        .name = name,
        .lines = &line,
        .count = 1,
    };
    return s3_landing_put(&records->landing, &landed, cancel);
}
