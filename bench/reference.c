/* The two kernels in C, on the arrays of a snapshot: what a compiler makes of the same work.
 *
 * reach: breadth first over the dependencies of some channels; order, distance, entry.
 * hit:   the least fixpoint of the four states, worst first; no tolerances and no cut inputs, which
 *        the measured estates do not have.
 */
#include <stdint.h>
#include <string.h>

enum { FAR = 16, NEAR = 8, RULE = 6, COUNTS = 5 };

int64_t reach(int64_t count, const int32_t *start, const int32_t *hit, const uint8_t *code,
              const int32_t *group_owner, int64_t causes, const int32_t *cause, uint8_t channels,
              uint64_t *seen, int32_t *order, int32_t *hops, int32_t *via)
{
    uint64_t found = 0;
    memset(seen, 0, (size_t)((count + 63) / 64) * 8);
    for (int64_t i = 0; i < causes; i++) {
        uint32_t c = (uint32_t)cause[i];
        seen[c >> 6] |= 1ULL << (c & 63);
        order[found] = cause[i];
        hops[found] = 0;
        via[found++] = -1;
    }
    for (uint64_t place = 0; place < found; place++) {
        if (place + FAR < found) {
            __builtin_prefetch(&start[order[place + FAR]]);
            int32_t next = start[order[place + NEAR]];
            __builtin_prefetch(&hit[next]);
            __builtin_prefetch(&code[next]);
        }
        int32_t distance = hops[place] + 1;
        int32_t end = start[order[place] + 1];
        for (int32_t e = start[order[place]]; e < end; e++) {
            uint32_t d = (uint32_t)hit[e];
            if (d >= (uint32_t)count)
                d = (uint32_t)group_owner[d - (uint32_t)count];
            uint64_t heard = (code[e] & channels) != 0;
            uint64_t word = seen[d >> 6];
            uint64_t fresh = heard & ~(word >> (d & 63)) & 1;
            seen[d >> 6] = word | heard << (d & 63);
            order[found] = (int32_t)d;
            hops[found] = distance;
            via[found] = e;
            found += fresh;
        }
    }
    return (int64_t)found;
}

static inline int group_state(const int32_t *rule, const int32_t *counts)
{
    int state = 0;
    if (counts[0] > rule[1])
        return 3;
    if (counts[1] > rule[2])
        state = 2;
    else if (counts[2] > rule[1] || (counts[1] >= 1 && counts[1] == rule[1]))
        state = 1;
    if (counts[3] > rule[3] && rule[4] > state)
        state = rule[4];
    return state;
}

int64_t hit(int64_t count, const int32_t *start, const int32_t *hit_entry, const uint8_t *code,
            const int32_t *rule, int64_t causes, const int32_t *cause, uint8_t worst,
            uint8_t channels, uint8_t *state, int32_t *counts, int32_t *touched, int32_t *waiting,
            int32_t *settled)
{
    uint64_t last[4] = {0, 0, 0, 0};
    uint64_t done = 0;
    int32_t *row[4];
    touched[0] = 0;
    for (int level = 0; level < 4; level++)
        row[level] = waiting + level * (count + 1);
    for (int64_t i = 0; i < causes; i++) {
        state[cause[i]] = worst;
        row[worst][last[worst]++] = cause[i];
    }
    for (int level = 3; level > 0; level--) {
        for (uint64_t next = 0; next < last[level]; next++) {
            if (next + FAR < last[level]) {
                __builtin_prefetch(&start[row[level][next + FAR]]);
                int32_t near = start[row[level][next + NEAR]];
                __builtin_prefetch(&hit_entry[near]);
                __builtin_prefetch(&code[near]);
            }
            int32_t ci = row[level][next];
            if ((state[ci] & 3) != level)
                continue;
            settled[done++] = ci;
            for (int32_t e = start[ci]; e < start[ci + 1]; e++) {
                uint8_t c = code[e];
                if (!(c & channels))
                    continue;
                uint32_t d = (uint32_t)hit_entry[e];
                int crossing;
                if (d < (uint32_t)count) {
                    crossing = level - 3 + (c & 3);
                } else {
                    uint32_t group = d - (uint32_t)count;
                    const int32_t *r = rule + (int64_t)group * RULE;
                    int32_t *n = counts + (int64_t)group * COUNTS;
                    d = (uint32_t)r[0];
                    if (!n[4]) {
                        n[4] = 1;
                        touched[++touched[0]] = (int32_t)group;
                    }
                    if (level == 3) {
                        n[0]++;
                        n[3] += !(c & 32);
                    }
                    n[1] += level >= 2;
                    n[2]++;
                    crossing = group_state(r, n) - 3 + r[5];
                }
                uint8_t known = state[d];
                uint64_t crossed = crossing > 0 ? (uint64_t)crossing : 0;
                state[d] = (uint8_t)(8 | (crossed > (known & 3u) ? crossed : (known & 3u)));
                row[crossed][last[crossed]] = (int32_t)d;
                last[crossed] += crossed > (known & 3u);
            }
        }
    }
    return (int64_t)done;
}
