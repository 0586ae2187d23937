"""A team of threads that never touch the interpreter, for kernels that are object files.

The one who calls a kernel leads: it publishes the work, does parts of it like everybody, closes it, and waits for
those who are still inside.  Helpers look for work for a tenth of a millisecond, then sleep until the bell rings.  A
kernel after a kernel, as in training, thus finds them awake: handing work over takes a microsecond, where waking a
thread and fighting for the interpreter's lock takes up to a hundred.  Where the team is busy the caller works alone.

There is one team per process.  Its memory:

======  ========  ====================================================================================
offset  name      meaning
======  ========  ====================================================================================
0       gate      how many helpers are inside (16 bits), open, busy, waiting (a bit each), number of the work
128     bell      counts the works; helpers sleep on it (futex)
132     asleep    how many sleep
136     away      the processor that helpers stay away from
140     missed    work since they fell asleep
192     body      ``i32 body(context, first, last)``, not 0 if it failed
200     context   its memory, on the leader's stack
208     request   what is asked for, see below
216     failed    whether a part did
256     counters  parts claimed of each slice, 64 bytes apart
4352    threads   the system's numbers of the helpers
======  ========  ====================================================================================

A system that finds the other processors idle in depth may wake a helper on that of its leader, where it is in the way:
two threads then take twice as long as one.  So who wakes helpers forbids them the processor that it runs on.

To wake one takes 20 µs of the leader's time; so this waits until there was enough work, in one kernel or several.

A request: the function `mxnb.lead`, the team, how many helpers may enter, parts, units, numbers in a unit, all numbers,
work in grains.  Part p is units p * units // parts to (p + 1) * units // parts: parts differ by one unit at most.

Each thread has a slice of the parts and claims of the others' when its own is done; so from kernel to kernel it mostly
meets what lies in its core's cache.  A helper enters by raising the number inside while the gate is open, in one atomic
step; so whatever it finds there stays until it has left.  This is the language of LLVM because numba has no atomic
operations for the CPU.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from typing import Any

OPEN, BUSY, WAITING, WORK = 1 << 16, 1 << 17, 1 << 18, 1 << 19
INSIDE = OPEN - 1
MOST = 64  # threads of a team, the leader included, and parts
FEW = 16  # parts that are as small as a grain: enough for all threads to be done at the same time
COUNTERS, THREADS = 256, 256 + 64 * MOST
WAKING = 16  # grains of work that are worth waking helpers
SPINS = 8000  # turns of about 13 ns
WAIT, WAKE = 128, 129  # FUTEX_WAIT, FUTEX_WAKE within one process; 202 is futex among x86-64's system calls, 186 gettid

_CODE = f"""
declare i64 @syscall(i64, ...)
declare void @llvm.x86.sse2.pause()
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare i64 @llvm.smin.i64(i64, i64)
declare i32 @sched_getcpu()
declare i32 @sched_getaffinity(i32, i64, ptr)
declare i32 @sched_setaffinity(i32, i64, ptr)

; Do part `part` of a request.
define internal i32 @part(ptr %request, ptr %body, ptr %context, i64 %part) alwaysinline {{
  %at_parts = getelementptr i8, ptr %request, i64 24
  %parts = load i64, ptr %at_parts
  %at_units = getelementptr i8, ptr %request, i64 32
  %units = load i64, ptr %at_units
  %at_unit = getelementptr i8, ptr %request, i64 40
  %unit = load i64, ptr %at_unit
  %at_count = getelementptr i8, ptr %request, i64 48
  %count = load i64, ptr %at_count
  %lower = mul i64 %part, %units
  %begin = udiv i64 %lower, %parts
  %first = mul i64 %begin, %unit
  %upper = add i64 %lower, %units
  %stop = udiv i64 %upper, %parts
  %end = mul i64 %stop, %unit
  %last = call i64 @llvm.smin.i64(i64 %end, i64 %count)
  %status = call i32 %body(ptr %context, i64 %first, i64 %last)
  ret i32 %status
}}

; Do parts until none is left, those of slice `own` first.
define internal void @work(ptr %team, i64 %own) noinline {{
  %fields = getelementptr i8, ptr %team, i64 192
  %body = load ptr, ptr %fields
  %at_context = getelementptr i8, ptr %fields, i64 8
  %context = load ptr, ptr %at_context
  %at_request = getelementptr i8, ptr %fields, i64 16
  %request = load ptr, ptr %at_request
  %failed = getelementptr i8, ptr %fields, i64 24
  %at_helpers = getelementptr i8, ptr %request, i64 16
  %helpers = load i64, ptr %at_helpers
  %slices = add i64 %helpers, 1
  %at_parts = getelementptr i8, ptr %request, i64 24
  %parts = load i64, ptr %at_parts
  br label %slice
slice:
  %turn = phi i64 [ 0, %0 ], [ %turns, %exhausted ]
  %at = add i64 %own, %turn
  %k = urem i64 %at, %slices
  %offset = mul i64 %k, 64
  %counters = getelementptr i8, ptr %team, i64 {COUNTERS}
  %next = getelementptr i8, ptr %counters, i64 %offset
  %lower = mul i64 %k, %parts
  %begin = udiv i64 %lower, %slices
  %upper = add i64 %lower, %parts
  %stop = udiv i64 %upper, %slices
  br label %claim
claim:
  %broken = load atomic i64, ptr %failed monotonic, align 8
  %good = icmp eq i64 %broken, 0
  br i1 %good, label %take, label %done
take:
  %claimed = atomicrmw add ptr %next, i64 1 monotonic
  %part = add i64 %begin, %claimed
  %some = icmp slt i64 %part, %stop
  br i1 %some, label %do, label %exhausted
do:
  %status = call i32 @part(ptr %request, ptr %body, ptr %context, i64 %part)
  %fine = icmp eq i32 %status, 0
  br i1 %fine, label %claim, label %fail
fail:
  store atomic i64 1, ptr %failed monotonic, align 8
  br label %done
exhausted:
  %turns = add i64 %turn, 1
  %others = icmp ult i64 %turns, %slices
  br i1 %others, label %slice, label %done
done:
  ret void
}}

; Keep the helpers away from processor `cpu`, which the leader runs on.
define internal void @part_ways(ptr %team, i32 %cpu) noinline {{
  %mask = alloca [128 x i8], align 8
  %unknown = call i32 @sched_getaffinity(i32 0, i64 128, ptr %mask)
  %known = icmp sge i32 %unknown, 0
  br i1 %known, label %forbid, label %done
forbid:
  %place = lshr i32 %cpu, 3
  %at = getelementptr i8, ptr %mask, i32 %place
  %eight = load i8, ptr %at
  %low = and i32 %cpu, 7
  %shift = trunc i32 %low to i8
  %bit = shl i8 1, %shift
  %others = xor i8 %bit, -1
  %rest = and i8 %eight, %others
  store i8 %rest, ptr %at
  br label %next
next:
  %k = phi i64 [ 0, %forbid ], [ %more, %one ]
  %offset = mul i64 %k, 4
  %threads = getelementptr i8, ptr %team, i64 {THREADS}
  %at_thread = getelementptr i8, ptr %threads, i64 %offset
  %thread = load i32, ptr %at_thread
  %some = icmp sgt i32 %thread, 0
  br i1 %some, label %one, label %done
one:
  %refused = call i32 @sched_setaffinity(i32 %thread, i64 128, ptr %mask)
  %more = add i64 %k, 1
  br label %next
done:
  ret void
}}

; What the entry point of a kernel calls.
define i64 @mxnb.lead(ptr %request, ptr %body, ptr %context) {{
  %at_team = getelementptr i8, ptr %request, i64 8
  %team = load ptr, ptr %at_team
  %at_helpers = getelementptr i8, ptr %request, i64 16
  %most = load i64, ptr %at_helpers
  %single = icmp eq i64 %most, 0
  br i1 %single, label %alone, label %try
try:
  %gate = load atomic i64, ptr %team monotonic, align 8
  %busy_bit = and i64 %gate, {BUSY}
  %free = icmp eq i64 %busy_bit, 0
  br i1 %free, label %reserve, label %alone
reserve:
  %numbered = add i64 %gate, {WORK}
  %reserved = or i64 %numbered, {BUSY}
  %swap = cmpxchg ptr %team, i64 %gate, i64 %reserved seq_cst monotonic
  %mine = extractvalue {{ i64, i1 }} %swap, 1
  br i1 %mine, label %publish, label %alone
publish:
  %bell = getelementptr i8, ptr %team, i64 128
  %asleep = getelementptr i8, ptr %team, i64 132
  %fields = getelementptr i8, ptr %team, i64 192
  %counters = getelementptr i8, ptr %team, i64 {COUNTERS}
  %used = mul i64 %most, 64
  %bytes = add i64 %used, 64
  call void @llvm.memset.p0.i64(ptr %counters, i8 0, i64 %bytes, i1 false)
  store ptr %body, ptr %fields
  %to_context = getelementptr i8, ptr %fields, i64 8
  store ptr %context, ptr %to_context
  %to_request = getelementptr i8, ptr %fields, i64 16
  store ptr %request, ptr %to_request
  %failed = getelementptr i8, ptr %fields, i64 24
  store atomic i64 0, ptr %failed monotonic, align 8
  %opened = atomicrmw or ptr %team, i64 {OPEN} seq_cst
  %rung = atomicrmw add ptr %bell, i32 1 seq_cst
  %sleepers = load atomic i32, ptr %asleep seq_cst, align 4
  %any = icmp sgt i32 %sleepers, 0
  br i1 %any, label %weigh, label %begin
weigh:
  %at_work = getelementptr i8, ptr %request, i64 56
  %work = load i64, ptr %at_work
  %work32 = trunc i64 %work to i32
  %at_missed = getelementptr i8, ptr %team, i64 140
  %missed = load i32, ptr %at_missed
  %more_missed = add i32 %missed, %work32
  %much = icmp sge i32 %more_missed, {WAKING}
  %kept = select i1 %much, i32 0, i32 %more_missed
  store i32 %kept, ptr %at_missed
  br i1 %much, label %wake, label %begin
wake:
  %cpu = call i32 @sched_getcpu()
  %at_away = getelementptr i8, ptr %team, i64 136
  %away = load i32, ptr %at_away
  %apart = icmp eq i32 %cpu, %away
  br i1 %apart, label %ring, label %leave_me
leave_me:
  store i32 %cpu, ptr %at_away
  call void @part_ways(ptr %team, i32 %cpu)
  br label %ring
ring:
  %woken = call i64 (i64, ...) @syscall(i64 202, ptr %bell, i64 {WAKE}, i64 %most)
  br label %begin
begin:
  call void @work(ptr %team, i64 0)
  %closed = atomicrmw and ptr %team, i64 {~OPEN} seq_cst
  br label %look
look:
  %spins = phi i64 [ 0, %begin ], [ %spins_more, %spin ], [ {SPINS}, %sleep ]
  %now = load atomic i64, ptr %team seq_cst, align 8
  %inside = and i64 %now, {INSIDE}
  %empty = icmp eq i64 %inside, 0
  br i1 %empty, label %end, label %tired
tired:
  %enough = icmp sge i64 %spins, {SPINS}
  br i1 %enough, label %announce, label %spin
spin:
  call void @llvm.x86.sse2.pause()
  %spins_more = add i64 %spins, 1
  br label %look
announce:
  %before = atomicrmw or ptr %team, i64 {WAITING} seq_cst
  %still = and i64 %before, {INSIDE}
  %over = icmp eq i64 %still, 0
  br i1 %over, label %end, label %sleep
sleep:
  %state = or i64 %before, {WAITING}
  %state32 = trunc i64 %state to i32
  %slept = call i64 (i64, ...) @syscall(i64 202, ptr %team, i64 {WAIT}, i32 %state32, ptr null)
  br label %look
end:
  %result = load atomic i64, ptr %failed monotonic, align 8
  %freed = atomicrmw and ptr %team, i64 {~(BUSY | WAITING)} seq_cst
  ret i64 %result
alone:
  %at_parts = getelementptr i8, ptr %request, i64 24
  %parts = load i64, ptr %at_parts
  br label %part
part:
  %this = phi i64 [ 0, %alone ], [ %next, %step ]
  %some = icmp slt i64 %this, %parts
  br i1 %some, label %step, label %all
step:
  %next = add i64 %this, 1
  %status = call i32 @part(ptr %request, ptr %body, ptr %context, i64 %this)
  %good = icmp eq i32 %status, 0
  br i1 %good, label %part, label %broken
broken:
  ret i64 1
all:
  ret i64 0
}}

; The life of helper `me`.
define void @mxnb.serve(ptr %team, i64 %me) {{
start:
  %thread = call i64 (i64, ...) @syscall(i64 186)
  %number32 = trunc i64 %thread to i32
  %before_me = sub i64 %me, 1
  %to_me = mul i64 %before_me, 4
  %threads = getelementptr i8, ptr %team, i64 {THREADS}
  %at_me = getelementptr i8, ptr %threads, i64 %to_me
  store i32 %number32, ptr %at_me
  %bell = getelementptr i8, ptr %team, i64 128
  %asleep = getelementptr i8, ptr %team, i64 132
  %at_request = getelementptr i8, ptr %team, i64 208
  br label %look
look:
  %known = phi i64 [ -1, %start ], [ %known, %missed ], [ %number, %left ], [ %known, %spin ], [ %known, %sleep ]
  %spins = phi i64 [ 0, %start ], [ 0, %missed ], [ 0, %left ], [ %spins_more, %spin ], [ 0, %sleep ]
  %rung = load atomic i32, ptr %bell seq_cst, align 4
  %gate = load atomic i64, ptr %team seq_cst, align 8
  %number = lshr i64 %gate, {WORK.bit_length() - 1}
  %open_bit = and i64 %gate, {OPEN}
  %open = icmp ne i64 %open_bit, 0
  %new = icmp ne i64 %number, %known
  %fresh = and i1 %open, %new
  br i1 %fresh, label %enter, label %idle
enter:
  %raised = add i64 %gate, 1
  %swap = cmpxchg ptr %team, i64 %gate, i64 %raised seq_cst monotonic
  %entered = extractvalue {{ i64, i1 }} %swap, 1
  br i1 %entered, label %inside, label %missed
missed:
  br label %look
inside:
  %request = load ptr, ptr %at_request
  %at_helpers = getelementptr i8, ptr %request, i64 16
  %most = load i64, ptr %at_helpers
  %place = and i64 %raised, {INSIDE}
  %wanted = icmp sle i64 %place, %most
  br i1 %wanted, label %help, label %leave
help:
  call void @work(ptr %team, i64 %me)
  br label %leave
leave:
  %before = atomicrmw sub ptr %team, i64 1 seq_cst
  %mask = and i64 %before, {INSIDE | WAITING}
  %awaited = icmp eq i64 %mask, {WAITING | 1}
  br i1 %awaited, label %tell, label %left
tell:
  %told = call i64 (i64, ...) @syscall(i64 202, ptr %team, i64 {WAKE}, i64 1)
  br label %left
left:
  br label %look
idle:
  %enough = icmp sge i64 %spins, {SPINS}
  br i1 %enough, label %sleep, label %spin
spin:
  call void @llvm.x86.sse2.pause()
  %spins_more = add i64 %spins, 1
  br label %look
sleep:
  %more = atomicrmw add ptr %asleep, i32 1 seq_cst
  %slept = call i64 (i64, ...) @syscall(i64 202, ptr %bell, i64 {WAIT}, i32 %rung, ptr null)
  %fewer = atomicrmw sub ptr %asleep, i32 1 seq_cst
  br label %look
}}
"""


def divided(count: int, grain: int) -> tuple[int, int]:
    """Into how many parts `count` falls, and how many numbers make a unit, which no part cuts.

    A part holds a grain; where there are many, up to four, so that there are at most `MOST`.  An even number suits two
    threads.  Units are 64 in long parts, so that registers and cache lines are not cut.
    """
    parts = -(-count // max(grain, 1))
    parts = min(parts + parts % 2, count)
    if parts > FEW:
        parts = min(max(FEW, -(-parts // 4)), MOST)
    return parts, 64 if count >= 256 * parts else 1


@functools.cache
def _library() -> Any:
    """The machine code, linked into this process."""
    import llvmlite.binding as llvm

    from .cache import machine_code
    from .loader import target_machine

    builder = llvm.JITLibraryBuilder().add_object_img(machine_code("team", _CODE)).add_current_process()
    builder.export_symbol("mxnb.lead").export_symbol("mxnb.serve")
    jit = llvm.create_lljit_compiler(target_machine(), suppress_errors=True)
    library = builder.link(jit, "mxnb.team")
    ctypes.pythonapi.Py_IncRef(ctypes.py_object((jit, library)))  # threads run it while the interpreter ends
    return library


class Team:
    """The helpers of this process, and the requests to them."""

    def __init__(self) -> None:
        memory = ctypes.create_string_buffer(THREADS + 4 * MOST + 64)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(memory))
        self.address = -(-ctypes.addressof(memory) // 64) * 64
        self.size = 0
        self.lock = threading.Lock()
        self.request = functools.lru_cache(1 << 14)(self._request)

    def _request(self, count: int, grain: int, threads: int) -> tuple[int, Any]:
        """What to give to a kernel in place of `first`, with last -1, so that parts are shared; and its memory."""
        parts, unit = divided(count, grain)
        helpers = min(threads, parts) - 1
        library = _library()
        with self.lock:
            while self.size < helpers:
                serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(library["mxnb.serve"])
                thread = threading.Thread(
                    target=serve, args=(self.address, self.size + 1), name=f"mxnb-{self.size}", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:  # no more threads, or the interpreter is ending
                    break
                self.size += 1
                ctypes.c_int32.from_address(self.address + 136).value = -1  # this one may be anywhere
        units = -(-count // unit)
        work = count // grain if 0 < grain * WAKING > count else WAKING
        memory = (ctypes.c_int64 * 8)(library["mxnb.lead"], self.address, helpers, parts, units, unit, count, work)
        return ctypes.addressof(memory), memory
