-- Pauses or resumes. ARGV 4: 1 pause, 0 resume. Reply: 1.
call('HSET', META, 'paused', ARGV[4])
paused = ARGV[4] == '1'
wake()
return 1
