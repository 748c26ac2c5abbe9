/* The sink for pipes: lines to standard output (or any descriptor), one after another, whole.
 *
 * Accepted means written: taken by the pipe, or, where the output is a file, on its disk (fdatasync). A reader that
 * stops reading stops the worker's reading; a reader that is gone (EPIPE), or a file that lost what it took, breaks
 * the sink: it accepts nothing more, and counts.broken tells the worker to end. Lines of at most 4,096 bytes go in
 * one write. SIGPIPE has to be ignored.
 */
#ifndef PENSTOCK_SINK_STDOUT_SINK_H
#define PENSTOCK_SINK_STDOUT_SINK_H

#include "base/clock.h"
#include "sink/sink.h"

struct stdout_sink_options {
    int descriptor; /* borrowed; its flags are left alone, since other processes may share it */
    const struct clock *clock;
    int64_t flush_age_ms;
};

/* STATUS_INVALID when the descriptor is not open for writing. */
struct status stdout_sink_create(const struct stdout_sink_options *options, struct sink **ret_sink) MUST_USE;

#endif
