"""What other layers share with inference beside its results; no stability is promised."""

from statmodel.infer._arguments import checked_count as checked_count
from statmodel.infer._arguments import checked_vector as checked_vector
from statmodel.infer._bound import one_data_set as one_data_set
from statmodel.infer._fit import digest_of as digest_of
from statmodel.infer._fit import provenance_of as provenance_of
from statmodel.infer._result_json import number as number
from statmodel.infer.statistics._climb import Summit as Summit
from statmodel.infer.statistics._climb import climb as climb
from statmodel.infer.statistics._climb import derivatives_of as derivatives_of
from statmodel.infer.statistics._statistics import focus_of as focus_of
from statmodel.infer.toys._run import key_in_words as key_in_words
