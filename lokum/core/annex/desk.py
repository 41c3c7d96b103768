"""Files have no registers of their own: they are shown on the records they belong to."""

from lokum.core.annex.models import Attachment, Comment, StoredFile
from lokum.core.desk.desk import no_desk

no_desk(StoredFile, "content behind attachments, papers and bank files; never shown by itself")
no_desk(Attachment, "shown on the page of its record")
no_desk(Comment, "shown on the page of its record")
