-- The ids that Discord gave to the commands, by their names, as JSON: a sentence that names one can then be clicked.
ALTER TABLE registration ADD COLUMN command_ids TEXT NOT NULL DEFAULT '{}';
