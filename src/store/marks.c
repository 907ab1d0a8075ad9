/* SPDX-License-Identifier: MIT */
#include "marks.h"

#include "base/file.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file has a head, then MARKS_RANGES times an entry for each slot. The first entries of all slots, which
 * are nearly always enough, are therefore in one block. (In a file of version 1 the entries of each slot are
 * together; such a file is read, and then written again in this form.) Numbers are in the machine's own byte
 * order, since no other machine reads the file. An entry is written by one system call, so after the death of
 * the process the file has either the old or the new entry; the same is true after a power cut, because an
 * entry is within one sector. An entry that is damaged all the same fails its checksum and is ignored. */
struct head {
	char magic[16];
	unsigned char id[MARKS_ID];
};
struct entry {
	int64_t first, last;
	uint64_t check, unused;
};
enum { HEAD = 512, SIZE = HEAD + MARKS_SLOTS * MARKS_RANGES * sizeof(struct entry) };
enum { VERSION = 2 };
static const char magic[16] = "sealpost marks2", magic_1[16] = "sealpost marks1";

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t check_of(const struct marks *m, int slot, const struct marks_range *r)
{
	uint64_t id[2];
	memcpy(id, m->id, sizeof id);
	return mix(mix(mix(mix(mix(1, id[0]), id[1]), (uint64_t)slot), (uint64_t)r->first),
		   (uint64_t)r->last);
}

static off_t place(int slot, size_t i)
{
	return HEAD + (off_t)((i * MARKS_SLOTS + (size_t)slot - 1) * sizeof(struct entry));
}

static void load_entry(struct marks *m, int slot, size_t i, const struct entry *entry)
{
	struct marks_range r = { entry->first, entry->last };
	if (r.first <= 0 || r.last < r.first || r.last > MARKS_LAST_MAX ||
	    entry->check != check_of(m, slot, &r))
		return;
	m->ranges[slot][i] = r;
	m->used[slot] = i + 1;
}

/* Joins ranges that overlap, so that no post counts twice. When marks_add joins two ranges, it writes only
 * the joined one to the file, where the entry of the other range stays. */
static void unite(struct marks_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			struct marks_range *a = &ranges[i], *b = &ranges[j];
			if (i == j || !a->first || !b->first || a->last < b->first || b->last < a->first)
				continue;
			a->first = a->first < b->first ? a->first : b->first;
			a->last = a->last > b->last ? a->last : b->last;
			b->first = 0;
			j = (size_t)-1; /* starts again: the larger range may overlap others now */
		}
}

/* Returns 0; 1 if the file is of version 1; -1 if it does not belong to this store. */
static int load(struct marks *m)
{
	struct entry entries[MARKS_SLOTS * MARKS_RANGES];
	struct head h;
	if (pread(m->fd, &h, sizeof h, 0) != (ssize_t)sizeof h || memcmp(h.id, m->id, MARKS_ID))
		return -1;
	int is_1 = memcmp(h.magic, magic_1, sizeof magic_1) == 0;
	if (!is_1 && memcmp(h.magic, magic, sizeof magic))
		return -1;
	ssize_t n = pread(m->fd, entries, sizeof entries, HEAD);
	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof *entries; i++)
		if (is_1)
			load_entry(m, 1 + (int)(i / MARKS_RANGES), i % MARKS_RANGES, &entries[i]);
		else
			load_entry(m, 1 + (int)(i % MARKS_SLOTS), i / MARKS_SLOTS, &entries[i]);
	for (int slot = 1; slot <= MARKS_SLOTS; slot++)
		unite(m->ranges[slot], m->used[slot]);
	return is_1;
}

/* Gives the file its full size, so that marks can be written even when the disk is full later. */
static int allocate(struct marks *m)
{
	static const char zeros[SIZE];
	struct stat st;
	if (fstat(m->fd, &st) < 0)
		return -1;
	ssize_t missing = SIZE - (ssize_t)st.st_size;
	return missing > 0 && pwrite(m->fd, zeros, (size_t)missing, st.st_size) != missing ? -1 : 0;
}

static int begin(struct marks *m)
{
	struct head h;
	memcpy(h.magic, magic, sizeof magic);
	memcpy(h.id, m->id, MARKS_ID);
	return ftruncate(m->fd, 0) < 0 || pwrite(m->fd, &h, sizeof h, 0) != (ssize_t)sizeof h ? -1 : 0;
}

static void write_down(struct marks *m, int slot, size_t i)
{
	const struct marks_range *r = &m->ranges[slot][i];
	struct entry entry = { r->first, r->last, check_of(m, slot, r), 0 };
	m->being_deleted[slot][i] = 0;
	if (m->fd >= 0 && pwrite(m->fd, &entry, sizeof entry, place(slot, i)) != (ssize_t)sizeof entry)
		marks_close(m);
}

/* Writes a file of version 1 in the new form. If the process dies meanwhile, deliveries are repeated, once in
 * the life of a store. */
static void convert(struct marks *m)
{
	if (begin(m) < 0 || allocate(m) < 0) {
		marks_close(m);
		return;
	}
	for (int slot = 1; slot <= MARKS_SLOTS; slot++)
		for (size_t i = 0; i < m->used[slot]; i++)
			write_down(m, slot, i);
}

/* If the file was written by a newer version, renames it, begins another, and returns 1 with a text in *e. */
static int set_newer_aside(struct marks *m, const char *path, struct err *e)
{
	static const char any[] = "sealpost marks";
	char kept[PATH_MAX];
	struct head h;
	int64_t version;
	if (m->fd < 0 || pread(m->fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
	    memcmp(h.magic, any, sizeof any - 1) != 0 || h.magic[sizeof h.magic - 1] ||
	    num_parse(h.magic + sizeof any - 1, VERSION + 1, 99, &version, NULL) < 0 ||
	    (size_t)snprintf(kept, sizeof kept, "%s.newer", path) >= sizeof kept || rename(path, kept) < 0)
		return 0;
	marks_close(m);
	m->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err_set(e, ERR_CONFIG, 0,
		"%s was written by a newer sealpost (version %d; this one knows %d) and is kept as %s: posts "
		"that are delivered according to it alone will be sent again",
		path, (int)version, VERSION, kept);
	return 1;
}

int marks_open(struct marks *m, const char *path, const unsigned char id[MARKS_ID], struct err *e)
{
	memset(m, 0, sizeof *m);
	memcpy(m->id, id, MARKS_ID);
	m->fd = -1;
	if (!path)
		return 0;
	if (file_is_regular(path, e) < 0)
		return err_prefix(e, "posts may be repeated after a crash");
	m->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	/* marks can be read even if none can be written */
	if (m->fd < 0 && (errno == EROFS || errno == EACCES))
		m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int version = m->fd >= 0 ? load(m) : -1, known = version >= 0;
	int was_newer = !known && set_newer_aside(m, path, e);
	if (version == 1)
		convert(m);
	if (!known && (m->fd < 0 || begin(m) < 0 || allocate(m) < 0)) {
		err_errno(e, "%s: cannot be used, posts may be repeated after a crash", path);
		marks_close(m);
		return -1;
	}
	/* Restores the full size of a file that was cut. If the disk is full, the existing entries are
	 * used. */
	if (known)
		allocate(m);
	return was_newer ? -1 : 0;
}

void marks_close(struct marks *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

void marks_merge(struct marks *m, const struct marks *other)
{
	if (memcmp(m->id, other->id, MARKS_ID))
		return;
	for (int slot = 1; slot <= MARKS_SLOTS; slot++) {
		struct marks_range all[2 * MARKS_RANGES];
		size_t n = m->used[slot], at = 0;
		memcpy(all, m->ranges[slot], n * sizeof *all);
		for (size_t i = 0; i < other->used[slot]; i++)
			all[n++] = other->ranges[slot][i];
		unite(all, n);
		for (size_t i = 0; i < n && at < MARKS_RANGES; i++)
			if (all[i].first) {
				m->ranges[slot][at] = all[i];
				write_down(m, slot, at++);
			}
		m->used[slot] = at;
	}
}

int marks_add(struct marks *m, int slot, int64_t sequence, struct err *e)
{
	struct marks_range *ranges = m->ranges[slot];
	size_t vacant = m->used[slot], before = MARKS_RANGES, after = MARKS_RANGES;
	for (size_t i = 0; i < m->used[slot]; i++) {
		if (!ranges[i].first)
			vacant = vacant < i ? vacant : i;
		else if (ranges[i].last == sequence - 1)
			before = i;
		else if (ranges[i].first == sequence + 1)
			after = i;
		else if (ranges[i].first <= sequence && sequence <= ranges[i].last)
			return 0;
	}
	size_t i = before < MARKS_RANGES ? before : after < MARKS_RANGES ? after : vacant;
	if (i == MARKS_RANGES)
		return err_set(e, ERR_FULL, 0,
			       "slot %d: more than %d runs of delivered posts wait for the database", slot,
			       MARKS_RANGES);
	if (i == m->used[slot])
		m->used[slot]++;
	if (i == vacant)
		ranges[i] = (struct marks_range){ sequence, sequence };
	else if (i == after)
		ranges[i].first = sequence;
	else
		ranges[i].last = after < MARKS_RANGES ? ranges[after].last : sequence;
	write_down(m, slot, i);
	if (i == before && after < MARKS_RANGES)
		ranges[after].first = 0;
	return 0;
}

int marks_is_crowded(const struct marks *m, int slot)
{
	size_t n = 0;
	for (size_t i = 0; i < m->used[slot]; i++)
		n += m->ranges[slot][i].first != 0;
	return n > MARKS_RANGES / 2;
}

const struct marks_range *marks_find(const struct marks *m, int slot, int64_t sequence)
{
	for (size_t i = 0; i < m->used[slot]; i++) {
		const struct marks_range *r = &m->ranges[slot][i];
		if (r->first && r->first <= sequence && sequence <= r->last)
			return r;
	}
	return NULL;
}

void marks_deletion_begun(struct marks *m, int slot)
{
	memset(m->being_deleted[slot], 1, m->used[slot]);
}

void marks_deletion_committed(struct marks *m, int slot)
{
	size_t left = 0;
	for (size_t i = 0; i < m->used[slot]; i++) {
		if (m->being_deleted[slot][i])
			m->ranges[slot][i].first = 0;
		if (m->ranges[slot][i].first)
			left = i + 1;
	}
	m->used[slot] = left;
}
