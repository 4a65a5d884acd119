"""The checklist as a document for a review meeting: each row's verdict, its evidence, and what people have to answer."""
