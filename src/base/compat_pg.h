/*
 * compat_pg.h
 *		The one place that knows how PostgreSQL 15 to 18 differ.
 *
 * Every _pg file includes this directly after postgres.h.
 */
#ifndef INTENT_COMPAT_PG_H
#define INTENT_COMPAT_PG_H

#if PG_VERSION_NUM < 150000
#error "intent needs PostgreSQL 15 or later"
#endif

/* varlena macros moved into a header of their own */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* intervals without end came with 17 */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) false
#endif

/*
 * All symbols but those SQL calls are hidden, as PostgreSQL 16 does by itself;
 * before it, the macro exported pg_finfo_x but not x.
 */
#if PG_VERSION_NUM < 160000
#include "fmgr.h"
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, funcname)(void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_, funcname)(void) \
{ \
	static const Pg_finfo_record my_finfo = {1}; \
	return &my_finfo; \
} \
extern int	no_such_variable
#endif

/* ExecutorRun lost a parameter: whether it is called once only */
#if PG_VERSION_NUM >= 180000
#define compat_executor_run(query_desc) ExecutorRun((query_desc), ForwardScanDirection, 0)
#else
#define compat_executor_run(query_desc) ExecutorRun((query_desc), ForwardScanDirection, 0, true)
#endif

/* reading less than was asked for became an error of its own */
#if PG_VERSION_NUM >= 160000
#define compat_buffile_read(file, to, size) BufFileReadMaybeEOF((file), (to), (size), true)
#else
#define compat_buffile_read(file, to, size) BufFileRead((file), (to), (size))
#endif

/* the state of the sessions, by number from 1 */
#if PG_VERSION_NUM >= 160000
#define compat_local_backend(number) pgstat_get_local_beentry_by_index(number)
#else
#define compat_local_backend(number) pgstat_fetch_stat_local_beentry(number)
#endif

#endif							/* INTENT_COMPAT_PG_H */
