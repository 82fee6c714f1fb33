"""Files below the artifact root: who may read and change them, and how registered versions keep theirs."""
