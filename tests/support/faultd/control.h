/* The control API under /_faultd/; README.md lists it. */
#ifndef PENSTOCK_FAULTD_CONTROL_H
#define PENSTOCK_FAULTD_CONTROL_H

#include "tests/support/faultd/world.h"

void control_handle(struct world *world, const struct request *request, struct reply *reply);

/* One control call: the parsed body (never NULL) and the reply to fill. */
struct control {
    struct world *world;
    const struct request *request;
    const cJSON *tree;
    struct reply *reply;
};

/* 400 with {"error":...}. */
void control_refuse(struct control *control, const char *problem);
/* The value of a query parameter, copied; false when absent. */
bool control_query(const struct control *control, const char *name, char *target, size_t size);

/* control_streams.c */
void control_create_stream(struct control *control);
void control_list_streams(struct control *control);
void control_trim(struct control *control);
void control_roll(struct control *control);
void control_disable(struct control *control);
void control_verdict(struct control *control);
void control_forget_latencies(struct control *control);

#endif
