/* The protocol of one lease between two workers, for Spin: tests/sim/model checks it whole.
 *
 * Untimed: a worker may take a lease whenever the counter is still the one that it read, so every pause, every clock and
 * every failover time is covered. A worker has one write under way, for as long as it likes; one that it gave up waiting
 * for may be applied later or never (`late`). Answers of the sink get lost; workers crash and come back under a new name.
 * The sink takes the requests under way in any order, also those of a worker that has lost the lease since.
 *
 * A worker without the lease reads the row and writes in one step here: the time in between is that for which its request
 * is under way. For the same reason an answer comes with its write.
 *
 * The conditions and effects of the writes are those of lease/lease_write.h, what a worker makes of answers that of
 * lease/lease_hold.c and lease/lease_seen.c. Checked: only the latest tenure writes, a position never moves back and is
 * never past what the sink has accepted.
 *
 * Mutants, each a way to be wrong: UNCONDITIONAL (a renewal without a condition), BEFORE_ACK (the position of what was
 * sent), NO_PREFIX (the greatest acknowledged record instead of the gap-free prefix), SAME_ID (both workers have one
 * name), EARLY_START (the thief starts once its wish is in the row), ANY_OWNER (a row that names the worker as owner is
 * taken for its own, though it waits there by a wish that arrived late), NO_MARKER (the same once that wish was granted). */

#ifndef COUNTER_MAX
#define COUNTER_MAX 4
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOST
#define LOST 1
#endif

#define RECORDS 2
#define OFFSET(w, r) ((w) * RECORDS + (r))
#define HOLDER(r) (r.asked != 0 -> r.asked : r.owner)

#define NONE 0
#define TAKE 1
#define ASK 2
#define UNASK 3
#define RENEW 4
#define RELEASE 5
#define HAND_OVER 6

typedef Row {
    byte owner; /* leaseOwner, 0: none */
    byte asked; /* checkpointOwner: the old owner while another waits, 0: none */
    byte marker; /* penstockOwner: who took or renewed it last */
    byte counter;
    byte checkpoint /* records 1..checkpoint are done */
}

typedef Request {
    byte kind;
    byte me;
    byte tenure; /* of the sender: seen by the assertions alone */
    byte checkpoint;
    byte owner; /* the row as seen, for the condition */
    byte asked;
    byte counter
}

Row row;
byte row_tenure; /* the latest tenure; seen by the assertions alone */
bool delivered[RECORDS];
byte crashes, lost;
byte names = 2;

/* Of each worker: the write under way, one that it has given up waiting for, and what is on its way to the sink: the
 * tenure that sent the record, 0: none. */
Request write[2];
Request late[2];
byte under_way[4];

byte id[2];
byte tenure[2]; /* 0: does not hold the lease */
Row seen[2]; /* by the holder, at its last write */
bool releasing[2];
byte unsure[2]; /* the counter that a take left behind whose answer never came; 0: none */
byte sent[2]; /* records sent in this tenure reach to here */
bool acked[4];

inline read_row(w)
{
    seen[w].owner = row.owner;
    seen[w].asked = row.asked;
    seen[w].marker = row.marker;
    seen[w].counter = row.counter;
    seen[w].checkpoint = row.checkpoint
}

inline forget_row(w)
{
    seen[w].owner = 0;
    seen[w].asked = 0;
    seen[w].marker = 0;
    seen[w].counter = 0;
    seen[w].checkpoint = 0
}

inline forget_request(r)
{
    r.kind = NONE;
    r.me = 0;
    r.tenure = 0;
    r.checkpoint = 0;
    r.owner = 0;
    r.asked = 0;
    r.counter = 0
}

/* It may never arrive, or late. */
inline give_up(w)
{
    if
    :: true
    :: write[w].kind != NONE ->
        late[w].kind = write[w].kind;
        late[w].me = write[w].me;
        late[w].tenure = write[w].tenure;
        late[w].checkpoint = write[w].checkpoint;
        late[w].owner = write[w].owner;
        late[w].asked = write[w].asked;
        late[w].counter = write[w].counter
    fi;
    forget_request(write[w])
}

inline end_tenure(w)
{
    tenure[w] = 0;
    releasing[w] = false;
    sent[w] = 0;
    acked[OFFSET(w, 0)] = false;
    acked[OFFSET(w, 1)] = false;
    forget_row(w)
}

inline begin_tenure(w)
{
    tenure[w] = row_tenure;
    read_row(w);
    sent[w] = row.checkpoint;
    unsure[w] = 0
}

/* While the row stands as a take given up found it, that may still come. */
inline keep_unsure(w)
{
    unsure[w] = (unsure[w] == row.counter + 1 -> unsure[w] : 0)
}

/* The position to be written: the gap-free prefix of what the sink has acknowledged. */
inline set_position(w)
{
    write[w].checkpoint = seen[w].checkpoint;
#ifdef BEFORE_ACK
    write[w].checkpoint = sent[w];
#endif
#ifdef NO_PREFIX
    if
    :: acked[OFFSET(w, 1)] -> write[w].checkpoint = 2
    :: else
    fi;
#endif
    if
    :: write[w].checkpoint == 0 && acked[OFFSET(w, 0)] -> write[w].checkpoint = 1
    :: else
    fi;
    if
    :: write[w].checkpoint == 1 && acked[OFFSET(w, 1)] -> write[w].checkpoint = 2
    :: else
    fi
}

inline send(w, what)
{
    write[w].kind = what;
    write[w].me = id[w];
    write[w].tenure = tenure[w];
    write[w].owner = seen[w].owner;
    write[w].asked = seen[w].asked;
    write[w].counter = seen[w].counter;
    if
    :: tenure[w] != 0 -> set_position(w)
    :: else -> forget_row(w)
    fi
}

inline write_position(r)
{
    assert(r.tenure == row_tenure); /* only the latest tenure writes */
    assert(r.checkpoint >= row.checkpoint); /* a position never moves back */
    assert(r.checkpoint < 1 || delivered[0]); /* nor past what the sink has accepted */
    assert(r.checkpoint < 2 || delivered[1]);
    row.counter++;
    row.checkpoint = r.checkpoint
}

/* What the table does with a request. */
inline apply(r)
{
    done = true;
    if
    :: r.kind == TAKE && row.counter == r.counter && row.owner == r.owner && row.asked == r.asked ->
        row.owner = r.me;
        row.marker = r.me;
        row.asked = 0;
        row.counter++;
        row_tenure++
    :: r.kind == ASK && row.owner == r.owner && row.asked == 0 && row.marker == r.owner ->
        row.asked = row.owner;
        row.owner = r.me
#ifdef EARLY_START
        ; row_tenure++
#endif
    :: r.kind == UNASK && row.owner == r.me && row.asked == r.asked ->
        row.owner = row.asked;
        row.asked = 0
#ifdef UNCONDITIONAL
    :: r.kind == RENEW ->
#else
    :: r.kind == RENEW && row.counter == r.counter && (row.owner == r.me || row.asked == r.me) ->
#endif
        row.marker = r.me;
        write_position(r)
    :: r.kind == RELEASE && row.counter == r.counter && row.owner == r.me && row.asked == 0 ->
        write_position(r);
        row.owner = 0;
        row.marker = 0
    :: r.kind == HAND_OVER && row.counter == r.counter && row.asked == r.me ->
        write_position(r);
        row.asked = 0
    :: else -> done = false
    fi
}

/* Refused or renewed: the answer shows the row, and a holder that is still the holder goes on with its counter. */
inline look_whether_held(w)
{
    read_row(w);
#ifdef ANY_OWNER
    if
    :: seen[w].owner != id[w] && seen[w].asked != id[w] -> end_tenure(w)
    :: else
    fi
#else
    if
    :: HOLDER(seen[w]) != id[w] -> end_tenure(w)
#ifndef NO_MARKER
    :: HOLDER(seen[w]) == id[w] && seen[w].marker != id[w] -> end_tenure(w)
#endif
    :: else
    fi
#endif
}

inline learn(w)
{
    if
    :: done && write[w].kind == TAKE -> begin_tenure(w)
#ifdef EARLY_START
    :: done && write[w].kind == ASK -> begin_tenure(w)
#endif
    :: done && (write[w].kind == RELEASE || write[w].kind == HAND_OVER) -> end_tenure(w)
    :: else ->
        if
        :: tenure[w] != 0 -> look_whether_held(w)
        :: else
        fi
    fi;
    forget_request(write[w]);
    done = false
}

inline accept(w, r)
{
    delivered[r] = true;
    if
    :: tenure[w] == under_way[OFFSET(w, r)] -> acked[OFFSET(w, r)] = true
    :: else
    fi;
    under_way[OFFSET(w, r)] = 0
}

#define IDLE(w) (write[w].kind == NONE)
#define MAY_READ(w) (IDLE(w) && tenure[w] == 0 && row.counter < COUNTER_MAX)
#define MAY_WRITE(w) (IDLE(w) && tenure[w] != 0 && seen[w].counter < COUNTER_MAX)
#define MAY_SEND(w) (tenure[w] != 0 && !releasing[w])
#define OUR_TAKE(w) (unsure[w] != 0 && row.counter == unsure[w] && row.owner == id[w] && row.asked == 0 && row.marker == id[w])

proctype Worker(byte w)
{
    bool done;
    /* The workers are alike: let the first to take the lease be worker 0. */
    (w == 0 || row_tenure > 0);
end_of_time:
    do
    :: atomic { MAY_READ(w) && OUR_TAKE(w) -> begin_tenure(w) }
    :: atomic { MAY_READ(w) && !OUR_TAKE(w) -> keep_unsure(w); read_row(w); send(w, TAKE) }
    :: atomic {
        MAY_READ(w) && row.owner != 0 && row.owner != id[w] && row.asked == 0 -> read_row(w); send(w, ASK)
    }
    :: atomic { MAY_READ(w) && row.owner == id[w] && row.asked != 0 -> read_row(w); send(w, UNASK) }
    :: atomic { MAY_WRITE(w) && !releasing[w] -> send(w, RENEW) }
    :: atomic { MAY_WRITE(w) && seen[w].asked == id[w] -> releasing[w] = true; send(w, HAND_OVER) }
    :: atomic { MAY_WRITE(w) && seen[w].asked == 0 -> releasing[w] = true; send(w, RELEASE) }
    /* the table has its write, and answers; or the answer does not come in time, or the process ends */
    :: atomic { write[w].kind != NONE -> apply(write[w]); learn(w) }
    :: atomic {
        write[w].kind != NONE && lost < LOST && late[w].kind == NONE ->
        lost++;
        unsure[w] = (write[w].kind == TAKE -> write[w].counter + 1 : 0);
        give_up(w)
    }
    :: atomic {
        crashes < CRASHES && late[w].kind == NONE ->
        crashes++;
        give_up(w);
        end_tenure(w);
        unsure[w] = 0;
#ifndef SAME_ID
        names++;
        id[w] = names
#endif
    }
    :: atomic { late[w].kind != NONE -> apply(late[w]); done = false; forget_request(late[w]) }
    /* records go to the sink, in order at first; one whose answer was lost again */
    :: atomic {
        MAY_SEND(w) && sent[w] < RECORDS && under_way[OFFSET(w, sent[w])] == 0 ->
        under_way[OFFSET(w, sent[w])] = tenure[w];
        sent[w]++
    }
    :: atomic {
        MAY_SEND(w) && sent[w] >= 1 && seen[w].checkpoint < 1 && !acked[OFFSET(w, 0)] && under_way[OFFSET(w, 0)] == 0 ->
        under_way[OFFSET(w, 0)] = tenure[w]
    }
    :: atomic {
        MAY_SEND(w) && sent[w] == 2 && seen[w].checkpoint < 2 && !acked[OFFSET(w, 1)] && under_way[OFFSET(w, 1)] == 0 ->
        under_way[OFFSET(w, 1)] = tenure[w]
    }
    /* the sink accepts one: the worker hears of it if it is in the same tenure still; or refuses it */
    :: atomic { under_way[OFFSET(w, 0)] != 0 -> accept(w, 0) }
    :: atomic { under_way[OFFSET(w, 1)] != 0 -> accept(w, 1) }
    :: atomic { under_way[OFFSET(w, 0)] != 0 && lost < LOST -> lost++; delivered[0] = true; under_way[OFFSET(w, 0)] = 0 }
    :: atomic { under_way[OFFSET(w, 0)] != 0 && lost < LOST -> lost++; under_way[OFFSET(w, 0)] = 0 }
    od
}

init
{
    atomic {
        id[0] = 1;
#ifdef SAME_ID
        id[1] = 1;
#else
        id[1] = 2;
#endif
        run Worker(0);
        run Worker(1)
    }
}
