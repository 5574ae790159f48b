import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The rows of docs/from-python.md by their first cell, and the titles of the specs that show what they say. */
const SHOWN_BY: Readonly<Record<string, readonly string[]>> = {
  '`TaskApp(...)`, `PulsarQueue(...)`': ['a queued task gives a future, and the future its task'],
  '`TaskApp(Manager, ...)`, `TaskManager`': [
    'queues and sizes can be asked for, and queues flushed',
    'a manager can be bound in the container, too',
  ],
  '`manager.store_message(message)`, `manager.queues()`': [
    'a manager is the first argument, and what its storeMessage throws is logged and harms no task',
  ],
  '`manager.task_request_parameters`': [
    'taskRequestParameters adds to the metaParams of a task that is queued over HTTP',
  ],
  '`config.py`': ['take precedence in order: command line, environment, constructor, configuration file'],
  "`task_paths = ['jobs.*', 'pq.jobs']`": ['jobList describes every job'],
  '`class Addition(api.Job)`, `@api.job()`': ['jobList describes every job', 'two jobs of one name are an error'],
  '`__call__(self, a=0, b=0)`': ['wrong arguments are refused'],
  '`self.backend`, `.task`, `.name`, `.logger`, `.http`': [
    'job.backend is the app, as a job of the mode %s sees it',
    'a job knows its task, its name and its queue',
    'job.http fetches, and job.shell runs commands',
    'a job tells its progress, has a fence, and its signal is aborted when its task is revoked',
  ],
  '`self.queue_task(...)`, `self.queue(...)`': [
    'a job queues tasks, whose fromTask is its own',
    'job.queue gives a future, in the mode %s too',
    'queueLocal puts a task into the queue of the node, also from a job',
  ],
  '`self.shell(command)`': [
    'job.http fetches, and job.shell runs commands',
    'a shell command that does not end with exit code 0 throws a ShellError',
  ],
  '`async with self.lock()`': [
    'a lock keeps tasks from running at the same time',
    'job.backend is the app, as a job of the mode %s sees it',
    'are free soon after their holder was killed',
  ],
  '`run_in_executor(fn)`': ['GREEN_IO, THREAD_IO and CPUBOUND run on the event loop, in a thread and in a process'],
  '`TaskError`': [
    'a job that throws fails with its stack trace, one that throws a TaskError without',
    'a NonRetryableError ends a task without retries',
  ],
  '`max_retries`, `retry_delay`, `timeout`': [
    'a run that took longer than its timeout is retried like a failure, for as long as maxRetries allows',
    'a job sees the retries and the delay of its own task',
  ],
  '`max_concurrency`': ['tasks over maxConcurrency wait for their turn', 'tasks over maxConcurrency are revoked'],
  '`PeriodicJob`, `run_every`, `anchor`, `is_due`': [
    'periodic jobs are queued by the server, even one that fails',
    'queue each tick once between them, even with wrong clocks',
  ],
  '`api.ASYNC_IO`, `GREEN_IO`, `THREAD_IO`, `CPUBOUND`': [
    'GREEN_IO, THREAD_IO and CPUBOUND run on the event loop, in a thread and in a process',
  ],
  '`execute.python`, `execute.python.script`': [
    'execute.python and execute.python.script run programs, with execute.node beside them',
    'the job library runs programs',
  ],
  "`api.queue_task('addition', a=4, b=6)`": [
    'a queued task gives a future, and the future its task',
    'queues by typed methods and gives typed results',
  ],
  '`queue_task_local`, `execute_task`': [
    'queueLocal puts a task into the queue of the node, also from a job',
    'execute runs a task at once, without a queue',
  ],
  '`queue=False`': [
    'queue: false runs a task at once and is execute, with the future of queue',
    'a job of the mode %s can have a task run at once, too',
  ],
  '`TaskFuture`, `MessageFuture`, `.wait()`': [
    'a queued task gives a future, and the future its task',
    'a future waits no longer than it is told to, and result() throws what the job threw',
  ],
  '`callback=False`, `task.done_callback`': [
    'callback: false gives the queued task, and its doneCallback the finished one',
    'doneCallback is the future of the end: it can be awaited, has the id and shows itself',
  ],
  "`delay=2`, `expiry`, `queue='name'`": [
    'a delay counts from when the task was queued',
    'a task that has expired, or takes longer than its timeout, is revoked',
    'a task has its own id, priority and metadata, and times that are 0 until they come',
  ],
  "`meta_params={'max_retries': 3}`": [
    'max retries and retry delay can be given with the task',
    'a task has its own id, priority and metadata, and times that are 0 until they come',
  ],
  '`task.status`, `status_string`, `result`, `retry`': ['states have their numbers and their sets'],
  '`time_queued`, `time_started`, `time_ended`': [
    'a task has its own id, priority and metadata, and times that are 0 until they come',
  ],
  '`FULL_RUN_STATES`, `READY_STATES`': ['states have their numbers and their sets'],
  '`job_list()`, `queues()`, `flush_queues()`': [
    'jobList describes every job',
    'queues and sizes can be asked for, and queues flushed',
    'the app that serves consumes its queues, and pauses and resumes them',
  ],
  '`on_events(callback)`, `remove_event_callback(...)`': [
    'events are asked for by a regular expression that their whole name matches',
    'max retries and retry delay can be given with the task',
  ],
  '`python manage.py -w 2 --schedule-periodic`': ['periodic jobs are queued by the server, even one that fails'],
  '`workers`, `concurrent_tasks`, `max_requests`': [
    'replaces a worker that has run maxRequests tasks, without dropping a task or counting a run twice',
  ],
  '`data_store`, `message_broker`, `message_serializer`': ['a queued task gives a future, and the future its task'],
  '`task_queues`, `default_task_queue`': ['a job knows its task, its name and its queue'],
  '`task_pool_timeout`': ['sends at most one command a second'],
  '`consumers`, `ConsumerAPI`, `@message_type`': ['messages of other types go to their consumer'],
  '`api.info()`': ['api.info describes the process, and each worker tells its status'],
  '`api.broker.queue(message)`': ['api.broker.queue queues a message, as api.queue does'],
  '`job_list`, `queue_task`, `next_scheduled_tasks`': [
    'JSON-RPC lists jobs, queues tasks and tells when the next job is due',
    'gives, and revokes, tasks by id',
    'reports that the process lives, and that it is ready',
  ],
}

/** The first cells of the rows of a page's tables, without their heads. */
function rowsOf(page: string): string[] {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| --') && !line.startsWith('| Python '))
  return rows.map(
    (line) =>
      line
        .split(/(?<!\\)\|/)[1]
        ?.trim()
        .replace('JSON-RPC `', '`') ?? '',
  )
}

describe('docs/from-python.md', () => {
  const rows = rowsOf(readFileSync(`${ROOT}docs/from-python.md`, 'utf8'))
  const specs = readdirSync(`${ROOT}spec`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts') && !file.endsWith('page.spec.ts'))
    .map((file) => readFileSync(`${ROOT}spec/${file}`, 'utf8'))
    .join('\n')

  it('has no line of which no spec shows that it is true', () => {
    expect(rows).toEqual(Object.keys(SHOWN_BY))
  })

  it.each(Object.entries(SHOWN_BY))('names specs that exist: %s', (_row, titles) => {
    expect(titles.length).toBeGreaterThan(0)
    for (const title of titles) expect([title, specs.includes(`'${title}'`)]).toEqual([title, true])
  })
})
